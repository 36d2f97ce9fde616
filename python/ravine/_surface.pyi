# What `ravine.__getattr__` finds, for editors and type checkers.

from ravine import accelerator as accelerator
from ravine import amp as amp
from ravine import compiler as compiler
from ravine import cpu as cpu
from ravine import distributed as distributed
from ravine import distributions as distributions
from ravine import generation as generation
from ravine import hub as hub
from ravine import jit as jit
from ravine import models as models
from ravine import multiprocessing as multiprocessing
from ravine import onnx as onnx
from ravine import random as random
from ravine import recipes as recipes
from ravine import text as text
from ravine import types as types
from ravine import version as version
from ravine import vision as vision
from ravine._names import *  # noqa: F403
from ravine._layers import *  # noqa: F403
from ravine._print import set_printoptions as set_printoptions
from ravine._settings import *  # noqa: F403
from ravine._types import *  # noqa: F403
from ravine.amp import GradScaler as GradScaler
from ravine.amp import autocast as autocast
from ravine.amp._state import *  # noqa: F403
from ravine.compiler import compile as compile
from ravine.errors import OutOfMemoryError as OutOfMemoryError
from ravine.func import vmap as vmap
from ravine.gpu import Event as Event
from ravine.gpu import Stream as Stream

NAMES: dict[str, str]
METHODS: dict[str, str]
DECLARING: tuple[str, ...]
MODULES: tuple[str, ...]
