# Written by `python -m ravine._stubs` from what is declared for this place. Do not edit.

from ravine._ops import adaptive_avg_pool1d as adaptive_avg_pool1d
from ravine.nn.functional.pooling import adaptive_avg_pool2d as adaptive_avg_pool2d
from ravine.nn.functional.volume import adaptive_avg_pool3d as adaptive_avg_pool3d
from ravine.nn.functional.pooling import adaptive_max_pool1d as adaptive_max_pool1d
from ravine.nn.functional.pooling import adaptive_max_pool1d_with_indices as adaptive_max_pool1d_with_indices
from ravine.nn.functional.pooling import adaptive_max_pool2d as adaptive_max_pool2d
from ravine.nn.functional.pooling import adaptive_max_pool2d_with_indices as adaptive_max_pool2d_with_indices
from ravine.nn.functional.volume import adaptive_max_pool3d as adaptive_max_pool3d
from ravine.nn.functional.volume import adaptive_max_pool3d_with_indices as adaptive_max_pool3d_with_indices
from ravine.nn.functional.sampling import affine_grid as affine_grid
from ravine.nn.functional.regularization import alpha_dropout as alpha_dropout
from ravine._ops import avg_pool1d as avg_pool1d
from ravine._ops import avg_pool2d as avg_pool2d
from ravine.nn.functional.volume import avg_pool3d as avg_pool3d
from ravine.nn.functional.normalization import batch_norm as batch_norm
from ravine.nn.functional.bags import bilinear as bilinear
from ravine.nn.functional.loss import binary_cross_entropy as binary_cross_entropy
from ravine.nn.functional.loss import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from ravine.nn.functional.activation import celu as celu
from ravine._ops import celu_ as celu_
from ravine.nn.functional.vision import channel_shuffle as channel_shuffle
from ravine._ops import conv1d as conv1d
from ravine._ops import conv2d as conv2d
from ravine.nn.functional.convolution import conv3d as conv3d
from ravine.nn.functional.convolution import conv_tbc as conv_tbc
from ravine._ops import conv_transpose1d as conv_transpose1d
from ravine._ops import conv_transpose2d as conv_transpose2d
from ravine.nn.functional.convolution import conv_transpose3d as conv_transpose3d
from ravine.nn.functional.loss import cosine_embedding_loss as cosine_embedding_loss
from ravine._ops import cosine_similarity as cosine_similarity
from ravine.nn.functional.loss import cross_entropy as cross_entropy
from ravine.nn.functional.ctc import ctc_loss as ctc_loss
from ravine.nn.functional.regularization import dropout as dropout
from ravine.nn.functional.regularization import dropout1d as dropout1d
from ravine.nn.functional.regularization import dropout2d as dropout2d
from ravine.nn.functional.regularization import dropout3d as dropout3d
from ravine.nn.functional.activation import elu as elu
from ravine._ops import elu_ as elu_
from ravine.nn.functional.projection import embedding as embedding
from ravine.nn.functional.bags import embedding_bag as embedding_bag
from ravine.nn.functional.regularization import feature_alpha_dropout as feature_alpha_dropout
from ravine.nn.functional.convolution import fold as fold
from ravine.nn.functional.unpooling import fractional_max_pool2d as fractional_max_pool2d
from ravine.nn.functional.unpooling import fractional_max_pool2d_with_indices as fractional_max_pool2d_with_indices
from ravine.nn.functional.unpooling import fractional_max_pool3d as fractional_max_pool3d
from ravine.nn.functional.unpooling import fractional_max_pool3d_with_indices as fractional_max_pool3d_with_indices
from ravine._ops import gaussian_nll_loss as gaussian_nll_loss
from ravine.nn.functional.activation import gelu as gelu
from ravine.nn.functional.activation import glu as glu
from ravine.nn.functional.sampling import grid_sample as grid_sample
from ravine._ops import group_norm as group_norm
from ravine.nn.functional.activation import gumbel_softmax as gumbel_softmax
from ravine._ops import hardshrink as hardshrink
from ravine.nn.functional.activation import hardsigmoid as hardsigmoid
from ravine.nn.functional.activation import hardswish as hardswish
from ravine.nn.functional.activation import hardtanh as hardtanh
from ravine._ops import hardtanh_ as hardtanh_
from ravine.nn.functional.loss import hinge_embedding_loss as hinge_embedding_loss
from ravine._ops import huber_loss as huber_loss
from ravine.nn.functional.normalization import instance_norm as instance_norm
from ravine.nn.functional.vision import interpolate as interpolate
from ravine.nn.functional.loss import kl_div as kl_div
from ravine.nn.functional.loss import l1_loss as l1_loss
from ravine._ops import layer_norm as layer_norm
from ravine.nn.functional.activation import leaky_relu as leaky_relu
from ravine._ops import leaky_relu_ as leaky_relu_
from ravine.nn.functional.projection import linear as linear
from ravine.nn.functional.margin import linear_cross_entropy as linear_cross_entropy
from ravine.nn.functional.normalization import local_response_norm as local_response_norm
from ravine.nn.functional.activation import log_softmax as log_softmax
from ravine._ops import logsigmoid as logsigmoid
from ravine.nn.functional.unpooling import lp_pool1d as lp_pool1d
from ravine.nn.functional.unpooling import lp_pool2d as lp_pool2d
from ravine.nn.functional.unpooling import lp_pool3d as lp_pool3d
from ravine.nn.functional.loss import margin_ranking_loss as margin_ranking_loss
from ravine.nn.functional.pooling import max_pool1d as max_pool1d
from ravine.nn.functional.pooling import max_pool1d_with_indices as max_pool1d_with_indices
from ravine.nn.functional.pooling import max_pool2d as max_pool2d
from ravine.nn.functional.pooling import max_pool2d_with_indices as max_pool2d_with_indices
from ravine.nn.functional.volume import max_pool3d as max_pool3d
from ravine.nn.functional.volume import max_pool3d_with_indices as max_pool3d_with_indices
from ravine.nn.functional.unpooling import max_unpool1d as max_unpool1d
from ravine.nn.functional.unpooling import max_unpool2d as max_unpool2d
from ravine.nn.functional.unpooling import max_unpool3d as max_unpool3d
from ravine.nn.functional.activation import mish as mish
from ravine.nn.functional.loss import mse_loss as mse_loss
from ravine.nn.functional.attention import multi_head_attention_forward as multi_head_attention_forward
from ravine.nn.functional.loss import multi_margin_loss as multi_margin_loss
from ravine.nn.functional.margin import multilabel_margin_loss as multilabel_margin_loss
from ravine.nn.functional.margin import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from ravine.nn.functional.vision import native_channel_shuffle as native_channel_shuffle
from ravine.nn.functional.loss import nll_loss as nll_loss
from ravine.nn.functional.normalization import normalize as normalize
from ravine._ops import one_hot as one_hot
from ravine.nn.functional.vision import pad as pad
from ravine._ops import pairwise_distance as pairwise_distance
from ravine.nn.functional.bags import pdist as pdist
from ravine._functions import pixel_shuffle as pixel_shuffle
from ravine._functions import pixel_unshuffle as pixel_unshuffle
from ravine.nn.functional.loss import poisson_nll_loss as poisson_nll_loss
from ravine._functions import prelu as prelu
from ravine.nn.functional.activation import relu as relu
from ravine.nn.functional.activation import relu6 as relu6
from ravine._ops import relu_ as relu_
from ravine._ops import rms_norm as rms_norm
from ravine.nn.functional.activation import rrelu as rrelu
from ravine.nn.functional.activation import rrelu_ as rrelu_
from ravine._ops import scaled_dot_product_attention as scaled_dot_product_attention
from ravine.nn.functional.activation import selu as selu
from ravine._ops import selu_ as selu_
from ravine._ops import sigmoid as sigmoid
from ravine._ops import sigmoid_ as sigmoid_
from ravine.nn.functional.activation import silu as silu
from ravine.nn.functional.loss import smooth_l1_loss as smooth_l1_loss
from ravine.nn.functional.loss import soft_margin_loss as soft_margin_loss
from ravine.nn.functional.activation import softmax as softmax
from ravine.nn.functional.activation import softmin as softmin
from ravine.nn.functional.activation import softplus as softplus
from ravine.nn.functional.activation import softshrink as softshrink
from ravine.nn.functional.activation import softsign as softsign
from ravine._ops import tanh as tanh
from ravine._ops import tanh_ as tanh_
from ravine.nn.functional.activation import tanhshrink as tanhshrink
from ravine.nn.functional.activation import threshold as threshold
from ravine._ops import threshold_ as threshold_
from ravine.nn.functional.loss import triplet_margin_loss as triplet_margin_loss
from ravine.nn.functional.margin import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss
from ravine.nn.functional.convolution import unfold as unfold
from ravine.nn.functional.vision import upsample as upsample
from ravine.nn.functional.vision import upsample_bilinear as upsample_bilinear
from ravine.nn.functional.vision import upsample_nearest as upsample_nearest

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "affine_grid",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_tbc",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "elu_",
    "embedding",
    "embedding_bag",
    "feature_alpha_dropout",
    "fold",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "grid_sample",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "leaky_relu_",
    "linear",
    "linear_cross_entropy",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mish",
    "mse_loss",
    "multi_head_attention_forward",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "native_channel_shuffle",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rms_norm",
    "rrelu",
    "rrelu_",
    "scaled_dot_product_attention",
    "selu",
    "selu_",
    "sigmoid",
    "sigmoid_",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanh_",
    "tanhshrink",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]
