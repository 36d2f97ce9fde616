"""Switches of NVIDIA's libraries, which Ravine does not use: they can be set, and change nothing.

>>> import ravine
>>> ravine.backends.cuda.matmul.allow_tf32 = True
>>> ravine.backends.cuda.is_built()
False
"""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

#: Products of float32 are computed in float32, those of halves in float32 and rounded once.
matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=False,
    allow_bf16_reduced_precision_reduction=False,
    allow_fp16_accumulation=False,
    fp32_precision="ieee",
)
#: There are no plans to keep.
cufft_plan_cache = SimpleNamespace(size=0, max_size=0, clear=lambda: None)


def is_built() -> bool:
    """False: GPUs are driven without CUDA. Ask `ravine.gpu.is_available()`."""
    return False


def preferred_linalg_library(backend: str | None = None) -> str:
    """The library of linear algebra: Ravine's own, whatever is preferred."""
    return "ravine"


def preferred_blas_library(backend: str | None = None) -> str:
    """The library of products: Ravine's own, whatever is preferred."""
    return "ravine"


def flash_sdp_enabled() -> bool:
    """True: `scaled_dot_product_attention` makes no matrix of all scores where it does not need one."""
    return True


mem_efficient_sdp_enabled = math_sdp_enabled = flash_sdp_enabled


def cudnn_sdp_enabled() -> bool:
    """False: there is no cuDNN."""
    return False


def enable_flash_sdp(enabled: bool) -> None:
    """Nothing: there is one algorithm of attention for each device."""


enable_mem_efficient_sdp = enable_math_sdp = enable_cudnn_sdp = enable_flash_sdp


def sdp_kernel(*args: Any, **kwargs: Any) -> AbstractContextManager[None]:
    """A context that changes nothing."""
    return nullcontext()
