"""From captures to types: observe (shapes), unify across calls, name, and keep the evidence."""

from callwright.infer.engine import infer
from callwright.infer.observation import Observation
from callwright.infer.result import Inference

__all__ = ["Inference", "Observation", "infer"]
