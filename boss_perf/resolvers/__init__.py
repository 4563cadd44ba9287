"""Reference resolvers: for each component a plain baseline and an optimized twin, liftable out of this package."""
