"""Functions of scientists, written for any namespace: micrograph's and JAX's."""


def logistic_loss(xp, w, b, x, y):
    z = w * x + b
    return xp.softplus(z) - y * z


def black_scholes(xp, S, K, T, r, s):
    d = (xp.log(S / K) + (r + s * s / 2) * T) / (s * xp.sqrt(T))
    return S * xp.norm_cdf(d) - K * xp.exp(-r * T) * xp.norm_cdf(d - s * xp.sqrt(T))


class Jnp:
    """jax.numpy, where JAX keeps its functions under the names of rows."""

    def __getattr__(self, name):
        import jax

        homes = jax.numpy, jax.nn
        named = {"norm_cdf": jax.scipy.stats.norm.cdf}
        return named.get(name) or next(getattr(m, name) for m in homes if hasattr(m, name))
