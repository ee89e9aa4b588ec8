"""Scripted servers on loopback that stand in for model servers."""
