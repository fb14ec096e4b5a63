"""Finding: the engine, the follower that feeds it, and the one search that every door uses."""
