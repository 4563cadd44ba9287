"""What the promises of targets.yaml come to: changes, budgets, cache policies, reported metrics, and their doubts."""
