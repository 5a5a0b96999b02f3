"""Adds up the ranks of all processes."""

from mpi4py import MPI

world = MPI.COMM_WORLD
print(f"rank {world.rank} of {world.size}: the ranks add up to {world.allreduce(world.rank)}")
