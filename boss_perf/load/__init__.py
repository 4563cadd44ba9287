"""Load: a service under load and locust in a process of its own."""
