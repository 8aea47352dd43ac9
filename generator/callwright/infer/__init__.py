"""From captures to types: observe (shapes), unify across calls, name, and keep the evidence."""

from callwright.infer.pipeline import infer
from callwright.infer.result import Inference
from callwright.infer.seen.observation import Observation

__all__ = ["Inference", "Observation", "infer"]
