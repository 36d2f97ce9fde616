"""`ravine.gpu` under PyTorch's name for NVIDIA's GPUs: `import ravine.cuda` gives that module itself."""

import sys

from ravine import gpu

sys.modules[__name__] = gpu
