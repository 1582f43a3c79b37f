"""The guard of speed: instructions that fixed requests and events take, against checked-in figures.

Instructions are counted by valgrind and do not depend on what else the machine does, so that a few
per cent show, which no clock on a shared machine can tell.
"""
