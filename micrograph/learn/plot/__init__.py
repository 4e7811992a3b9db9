"""Pictures of learning, drawn by Matplotlib, which the extra ``plot`` brings.

Matplotlib is imported when a picture is drawn, and not before. Pyplot and Matplotlib's settings are
left as they are. Every number that is drawn comes from the functions of ``micrograph.learn``.
"""

from .bowl import plot_bowl
from .convexity import plot_losses
from .film import animate_descent
from .fit import plot_cost, plot_fit

__all__ = ["animate_descent", "plot_bowl", "plot_cost", "plot_fit", "plot_losses"]
