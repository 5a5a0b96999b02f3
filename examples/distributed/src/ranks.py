"""Prints the variables that torch.distributed reads to find the other processes."""

import os

names = ["RANK", "LOCAL_RANK", "NODE_RANK", "WORLD_SIZE", "MASTER_ADDR"]
print(*[f"{name}={os.environ[name]}" for name in names])
