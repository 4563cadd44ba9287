"""The only floor that prints, exits and reads the environment."""
