"""Benchmarks against what one would use instead; they measure, compare, and never fail for being slow."""
