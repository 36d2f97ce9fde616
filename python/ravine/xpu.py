"""`ravine.gpu` under PyTorch's name for Intel's GPUs: `import ravine.xpu` gives that module itself."""

import sys

from ravine import gpu

sys.modules[__name__] = gpu
