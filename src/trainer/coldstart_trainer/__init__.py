"""Coldstart's Python side: it supervises and runs trainers that write a run folder other programs read."""

VERSION = 1
"""Version of the run folder and of run events; a reader refuses a higher one."""
