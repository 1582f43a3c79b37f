"""Who is reading: a person, or which crawler or AI agent of whom, and how sure that is."""

from .agent import AGENT_CLASSES, PERSON, PROOFS, UNKNOWN, Agent, AgentClass, Proof
from .classifying import classify

__all__ = ["AGENT_CLASSES", "PERSON", "PROOFS", "UNKNOWN", "Agent", "AgentClass", "Proof", "classify"]
