"""The only floor that times anything: processes, orders to workers, memory passes, the machine."""
