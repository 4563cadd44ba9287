"""The gate examines itself: `suite` writes trees of known truth, `run` holds live gates over them, `report` tells.

`rates` counts how the gates ended, beside `other_tools` on the same work.
"""
