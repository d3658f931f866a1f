"""Adam with decoupled weight decay and a one-cycle learning rate, on any tree of JAX arrays."""

import jax
import jax.numpy as jnp

WARM_UP = 0.1


def start(params):
    """Returns the optimizer's state for untrained parameters."""
    zeros = jax.tree.map(jnp.zeros_like, params)
    return {"moment": zeros, "square": zeros, "step": jnp.zeros((), jnp.int32)}


def update(params, state, grads, steps: int, peak_rate: float, weight_decay: float):
    """Returns (params, state) after one step of `steps`; only tensors of two or more dimensions decay."""
    step = state["step"] + 1
    progress = step / steps
    rate = peak_rate * jnp.minimum(1.0, progress / WARM_UP) * 0.5 * (1 + jnp.cos(jnp.pi * progress))
    moment = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state["moment"], grads)
    square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, state["square"], grads)

    def move(p, m, s):
        direction = (m / (1 - 0.9**step)) / (jnp.sqrt(s / (1 - 0.999**step)) + 1e-8)
        return p - rate * (direction + (weight_decay * p if p.ndim >= 2 else 0))

    return jax.tree.map(move, params, moment, square), {"moment": moment, "square": square, "step": step}


def cross_entropy(logits, labels):
    """Returns the mean cross entropy in nats."""
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1).mean()
