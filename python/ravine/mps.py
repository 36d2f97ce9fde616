"""`ravine.gpu` under PyTorch's name for Apple's GPUs: `import ravine.mps` gives that module itself."""

import sys

from ravine import gpu

sys.modules[__name__] = gpu
