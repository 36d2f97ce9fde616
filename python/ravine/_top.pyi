# Written by `python -m ravine._stubs` from what is declared for this place. Do not edit.

from ravine._ops import _sample_dirichlet as _sample_dirichlet
from ravine._ops import _standard_gamma as _standard_gamma
from ravine._ops import _standard_gamma_grad as _standard_gamma_grad
from ravine._ops import _standard_von_mises as _standard_von_mises
from ravine._ops import abs as abs
from ravine._ops import abs_ as abs_
from ravine._ops import absolute as absolute
from ravine._ops import absolute_ as absolute_
from ravine._ops import accumulate_ as accumulate_
from ravine._ops import acos as acos
from ravine._ops import acos_ as acos_
from ravine._ops import acosh as acosh
from ravine._ops import acosh_ as acosh_
from ravine._ops import adadelta_ as adadelta_
from ravine._ops import adagrad_ as adagrad_
from ravine._ops import adam_ as adam_
from ravine._ops import adamax_ as adamax_
from ravine._ops import adaptive_avg_pool1d as adaptive_avg_pool1d
from ravine._ops import adaptive_avg_pool2d as adaptive_avg_pool2d
from ravine._ops import adaptive_max_pool1d as adaptive_max_pool1d
from ravine._ops import adaptive_max_pool2d as adaptive_max_pool2d
from ravine._ops import add as add
from ravine._ops import add_ as add_
from ravine._products import addbmm as addbmm
from ravine._ops import addcdiv as addcdiv
from ravine._ops import addcdiv_ as addcdiv_
from ravine._ops import addcmul as addcmul
from ravine._ops import addcmul_ as addcmul_
from ravine._ops import addmm as addmm
from ravine._ops import addmm_ as addmm_
from ravine._ops import addmv as addmv
from ravine._ops import addmv_ as addmv_
from ravine._products import addr as addr
from ravine._answers import adjoint as adjoint
from ravine._ops import all as all
from ravine._functions import allclose as allclose
from ravine._ops import amax as amax
from ravine._ops import amin as amin
from ravine._ops import aminmax as aminmax
from ravine._ops import amsgrad_ as amsgrad_
from ravine._numbers import angle as angle
from ravine._ops import any as any
from ravine._ops import arange as arange
from ravine._ops import arccos as arccos
from ravine._ops import arccos_ as arccos_
from ravine._ops import arccosh as arccosh
from ravine._ops import arccosh_ as arccosh_
from ravine._ops import arcsin as arcsin
from ravine._ops import arcsin_ as arcsin_
from ravine._ops import arcsinh as arcsinh
from ravine._ops import arcsinh_ as arcsinh_
from ravine._ops import arctan as arctan
from ravine._ops import arctan2 as arctan2
from ravine._ops import arctan2_ as arctan2_
from ravine._ops import arctan_ as arctan_
from ravine._ops import arctanh as arctanh
from ravine._ops import arctanh_ as arctanh_
from ravine._ops import argmax as argmax
from ravine._ops import argmin as argmin
from ravine._ops import argsort as argsort
from ravine._ops import argwhere as argwhere
from ravine._strided import as_strided as as_strided
from ravine._strided import as_strided_ as as_strided_
from ravine._strided import as_strided_scatter as as_strided_scatter
from ravine._creation import as_tensor as as_tensor
from ravine._creation import asarray as asarray
from ravine._ops import asin as asin
from ravine._ops import asin_ as asin_
from ravine._ops import asinh as asinh
from ravine._ops import asinh_ as asinh_
from ravine._ops import atan as atan
from ravine._ops import atan2 as atan2
from ravine._ops import atan2_ as atan2_
from ravine._ops import atan_ as atan_
from ravine._ops import atanh as atanh
from ravine._ops import atanh_ as atanh_
from ravine._ops import atleast_1d as atleast_1d
from ravine._ops import atleast_2d as atleast_2d
from ravine._ops import atleast_3d as atleast_3d
from ravine._ops import avg_pool1d as avg_pool1d
from ravine._ops import avg_pool2d as avg_pool2d
from ravine._ops import baddbmm as baddbmm
from ravine._ops import baddbmm_ as baddbmm_
from ravine._windows import bartlett_window as bartlett_window
from ravine._ops import batch_norm_fixed as batch_norm_fixed
from ravine._ops import batch_norm_moments as batch_norm_moments
from ravine._ops import batch_norm_track_ as batch_norm_track_
from ravine._ops import bernoulli as bernoulli
from ravine._ops import bernoulli_ as bernoulli_
from ravine._ops import binary_cross_entropy as binary_cross_entropy
from ravine._ops import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from ravine._ops import bincount as bincount
from ravine._ops import binomial as binomial
from ravine._ops import bitwise_and as bitwise_and
from ravine._ops import bitwise_and_ as bitwise_and_
from ravine._ops import bitwise_left_shift as bitwise_left_shift
from ravine._ops import bitwise_left_shift_ as bitwise_left_shift_
from ravine._ops import bitwise_not as bitwise_not
from ravine._ops import bitwise_not_ as bitwise_not_
from ravine._ops import bitwise_or as bitwise_or
from ravine._ops import bitwise_or_ as bitwise_or_
from ravine._ops import bitwise_right_shift as bitwise_right_shift
from ravine._ops import bitwise_right_shift_ as bitwise_right_shift_
from ravine._ops import bitwise_xor as bitwise_xor
from ravine._ops import bitwise_xor_ as bitwise_xor_
from ravine._windows import blackman_window as blackman_window
from ravine._ops import block_diag as block_diag
from ravine._ops import bmm as bmm
from ravine._shapes import broadcast_shapes as broadcast_shapes
from ravine._ops import broadcast_tensors as broadcast_tensors
from ravine._ops import broadcast_to as broadcast_to
from ravine._ops import bucketize as bucketize
from ravine._ops import cartesian_prod as cartesian_prod
from ravine._ops import cast as cast
from ravine._ops import cat as cat
from ravine._ops import cauchy_ as cauchy_
from ravine._ops import cdist as cdist
from ravine._ops import ceil as ceil
from ravine._ops import ceil_ as ceil_
from ravine._ops import celu as celu
from ravine._ops import celu_ as celu_
from ravine._matrices import chain_matmul as chain_matmul
from ravine._matrices import cholesky as cholesky
from ravine._matrices import cholesky_inverse as cholesky_inverse
from ravine._matrices import cholesky_solve as cholesky_solve
from ravine._ops import chunk as chunk
from ravine._ops import clamp as clamp
from ravine._ops import clamp_ as clamp_
from ravine._ops import clamp_max as clamp_max
from ravine._ops import clamp_max_ as clamp_max_
from ravine._ops import clamp_min as clamp_min
from ravine._ops import clamp_min_ as clamp_min_
from ravine._ops import clip as clip
from ravine._ops import clip_ as clip_
from ravine._ops import clone as clone
from ravine._ops import col2im as col2im
from ravine._ops import column_stack as column_stack
from ravine._ops import combinations as combinations
from ravine._ops import concat as concat
from ravine._ops import concatenate as concatenate
from ravine._numbers import conj as conj
from ravine._numbers import conj_physical as conj_physical
from ravine._numbers import conj_physical_ as conj_physical_
from ravine._shapes import constant_pad_nd as constant_pad_nd
from ravine._ops import conv1d as conv1d
from ravine._ops import conv2d as conv2d
from ravine._ops import conv_transpose1d as conv_transpose1d
from ravine._ops import conv_transpose2d as conv_transpose2d
from ravine._ops import copysign as copysign
from ravine._ops import copysign_ as copysign_
from ravine._ops import corrcoef as corrcoef
from ravine._ops import cos as cos
from ravine._ops import cos_ as cos_
from ravine._ops import cosh as cosh
from ravine._ops import cosh_ as cosh_
from ravine._ops import cosine_embedding_loss as cosine_embedding_loss
from ravine._ops import cosine_similarity as cosine_similarity
from ravine._ops import count_nonzero as count_nonzero
from ravine._ops import cov as cov
from ravine._ops import cross as cross
from ravine._ops import cross_entropy as cross_entropy
from ravine._ops import cummax as cummax
from ravine._ops import cummin as cummin
from ravine._ops import cumprod as cumprod
from ravine._ops import cumprod_ as cumprod_
from ravine._ops import cumsum as cumsum
from ravine._ops import cumsum_ as cumsum_
from ravine._calculus import cumulative_trapezoid as cumulative_trapezoid
from ravine._ops import deg2rad as deg2rad
from ravine._ops import deg2rad_ as deg2rad_
from ravine._matrices import det as det
from ravine._functions import detach as detach
from ravine._strided import detach_ as detach_
from ravine._ops import diag as diag
from ravine._ops import diag_embed as diag_embed
from ravine._ops import diagflat as diagflat
from ravine._ops import diagonal as diagonal
from ravine._scatters import diagonal_scatter as diagonal_scatter
from ravine._calculus import diff as diff
from ravine._ops import digamma as digamma
from ravine._ops import digamma_ as digamma_
from ravine._statistics import dist as dist
from ravine._ops import div as div
from ravine._ops import div_ as div_
from ravine._ops import divide as divide
from ravine._ops import divide_ as divide_
from ravine._ops import dot as dot
from ravine._ops import dropout as dropout
from ravine._ops import dropout_ as dropout_
from ravine._ops import dsplit as dsplit
from ravine._ops import dstack as dstack
from ravine._contractions import einsum as einsum
from ravine._ops import elu as elu
from ravine._ops import elu_ as elu_
from ravine._ops import embedding as embedding
from ravine._creation import empty as empty
from ravine._creation import empty_like as empty_like
from ravine._filled import empty_permuted as empty_permuted
from ravine._filled import empty_strided as empty_strided
from ravine._ops import eq as eq
from ravine._ops import eq_ as eq_
from ravine._functions import equal as equal
from ravine._ops import erf as erf
from ravine._ops import erf_ as erf_
from ravine._ops import erfc as erfc
from ravine._ops import erfc_ as erfc_
from ravine._ops import erfinv as erfinv
from ravine._ops import erfinv_ as erfinv_
from ravine._ops import exp as exp
from ravine._ops import exp2 as exp2
from ravine._ops import exp2_ as exp2_
from ravine._ops import exp_ as exp_
from ravine._ops import expand as expand
from ravine._ops import expm1 as expm1
from ravine._ops import expm1_ as expm1_
from ravine._ops import exponential_ as exponential_
from ravine._creation import eye as eye
from ravine._scatters import fill as fill
from ravine._functions import fill_ as fill_
from ravine._ops import fix as fix
from ravine._ops import fix_ as fix_
from ravine._ops import flatten as flatten
from ravine._ops import flip as flip
from ravine._ops import fliplr as fliplr
from ravine._ops import flipud as flipud
from ravine._ops import float_power as float_power
from ravine._ops import floor as floor
from ravine._ops import floor_ as floor_
from ravine._ops import floor_divide as floor_divide
from ravine._ops import floor_divide_ as floor_divide_
from ravine._ops import fmax as fmax
from ravine._ops import fmin as fmin
from ravine._ops import fmod as fmod
from ravine._ops import fmod_ as fmod_
from ravine._ops import frac as frac
from ravine._ops import frac_ as frac_
from ravine._ops import frexp as frexp
from ravine._matrices import frobenius_norm as frobenius_norm
from ravine._creation import from_dlpack as from_dlpack
from ravine._creation import from_numpy as from_numpy
from ravine._foreign import frombuffer as frombuffer
from ravine._ops import full as full
from ravine._creation import full_like as full_like
from ravine._ops import gather as gather
from ravine._ops import gaussian_nll_loss as gaussian_nll_loss
from ravine._ops import gcd as gcd
from ravine._ops import gcd_ as gcd_
from ravine._ops import ge as ge
from ravine._ops import ge_ as ge_
from ravine._functions import gelu as gelu
from ravine._ops import geometric_ as geometric_
from ravine._ops import geqrf as geqrf
from ravine._ops import ger as ger
from ravine._functions import get_device as get_device
from ravine._calculus import gradient as gradient
from ravine._ops import greater as greater
from ravine._ops import greater_ as greater_
from ravine._ops import greater_equal as greater_equal
from ravine._ops import greater_equal_ as greater_equal_
from ravine._ops import group_norm as group_norm
from ravine._ops import gru_sequence as gru_sequence
from ravine._ops import gt as gt
from ravine._ops import gt_ as gt_
from ravine._windows import hamming_window as hamming_window
from ravine._windows import hann_window as hann_window
from ravine._ops import hardshrink as hardshrink
from ravine._ops import hardsigmoid as hardsigmoid
from ravine._ops import hardswish as hardswish
from ravine._ops import hardtanh as hardtanh
from ravine._ops import hardtanh_ as hardtanh_
from ravine._ops import heaviside as heaviside
from ravine._ops import heaviside_ as heaviside_
from ravine._ops import hinge_embedding_loss as hinge_embedding_loss
from ravine._ops import histc as histc
from ravine._histograms import histogram as histogram
from ravine._histograms import histogramdd as histogramdd
from ravine._ops import hsplit as hsplit
from ravine._ops import hstack as hstack
from ravine._ops import huber_loss as huber_loss
from ravine._ops import hypot as hypot
from ravine._ops import hypot_ as hypot_
from ravine._ops import i0 as i0
from ravine._ops import i0_ as i0_
from ravine._ops import igamma as igamma
from ravine._ops import igamma_ as igamma_
from ravine._ops import igammac as igammac
from ravine._ops import igammac_ as igammac_
from ravine._ops import im2col as im2col
from ravine._numbers import imag as imag
from ravine._ops import index_add as index_add
from ravine._ops import index_add_ as index_add_
from ravine._ops import index_copy as index_copy
from ravine._ops import index_copy_ as index_copy_
from ravine._ops import index_fill as index_fill
from ravine._ops import index_fill_ as index_fill_
from ravine._ops import index_put as index_put
from ravine._ops import index_put_ as index_put_
from ravine._ops import index_reduce as index_reduce
from ravine._ops import index_reduce_ as index_reduce_
from ravine._ops import index_select as index_select
from ravine._ops import inner as inner
from ravine._matrices import inverse as inverse
from ravine._numbers import is_complex as is_complex
from ravine._numbers import is_conj as is_conj
from ravine._functions import is_floating_point as is_floating_point
from ravine._answers import is_inference as is_inference
from ravine._numbers import is_neg as is_neg
from ravine._answers import is_nonzero as is_nonzero
from ravine._answers import is_same_size as is_same_size
from ravine._answers import is_signed as is_signed
from ravine._answers import is_storage as is_storage
from ravine._functions import is_tensor as is_tensor
from ravine._ops import isclose as isclose
from ravine._ops import isfinite as isfinite
from ravine._functions import isin as isin
from ravine._ops import isinf as isinf
from ravine._ops import isnan as isnan
from ravine._ops import isneginf as isneginf
from ravine._ops import isposinf as isposinf
from ravine._numbers import isreal as isreal
from ravine._windows import kaiser_window as kaiser_window
from ravine._ops import kl_div as kl_div
from ravine._ops import kron as kron
from ravine._ops import kthvalue as kthvalue
from ravine._ops import l1_loss as l1_loss
from ravine._ops import layer_norm as layer_norm
from ravine._ops import lcm as lcm
from ravine._ops import lcm_ as lcm_
from ravine._ops import ldexp as ldexp
from ravine._ops import ldexp_ as ldexp_
from ravine._ops import le as le
from ravine._ops import le_ as le_
from ravine._ops import leaky_relu as leaky_relu
from ravine._ops import leaky_relu_ as leaky_relu_
from ravine._ops import lerp as lerp
from ravine._ops import lerp_ as lerp_
from ravine._ops import less as less
from ravine._ops import less_ as less_
from ravine._ops import less_equal as less_equal
from ravine._ops import less_equal_ as less_equal_
from ravine._ops import lgamma as lgamma
from ravine._ops import lgamma_ as lgamma_
from ravine._ops import linspace as linspace
from ravine._ops import lion_ as lion_
from ravine._ops import log as log
from ravine._ops import log10 as log10
from ravine._ops import log10_ as log10_
from ravine._ops import log1p as log1p
from ravine._ops import log1p_ as log1p_
from ravine._ops import log2 as log2
from ravine._ops import log2_ as log2_
from ravine._ops import log_ as log_
from ravine._ops import log_normal_ as log_normal_
from ravine._ops import log_softmax as log_softmax
from ravine._ops import logaddexp as logaddexp
from ravine._ops import logaddexp2 as logaddexp2
from ravine._ops import logcumsumexp as logcumsumexp
from ravine._ops import logcumsumexp_ as logcumsumexp_
from ravine._matrices import logdet as logdet
from ravine._ops import logical_and as logical_and
from ravine._ops import logical_and_ as logical_and_
from ravine._ops import logical_not as logical_not
from ravine._ops import logical_not_ as logical_not_
from ravine._ops import logical_or as logical_or
from ravine._ops import logical_or_ as logical_or_
from ravine._ops import logical_xor as logical_xor
from ravine._ops import logical_xor_ as logical_xor_
from ravine._ops import logit as logit
from ravine._ops import logit_ as logit_
from ravine._ops import logsigmoid as logsigmoid
from ravine._ops import logspace as logspace
from ravine._ops import logsumexp as logsumexp
from ravine._ops import lstm_sequence as lstm_sequence
from ravine._ops import lt as lt
from ravine._ops import lt_ as lt_
from ravine._matrices import lu as lu
from ravine._matrices import lu_solve as lu_solve
from ravine._ops import lu_unpack as lu_unpack
from ravine._ops import margin_ranking_loss as margin_ranking_loss
from ravine._functions import masked_fill as masked_fill
from ravine._ops import masked_scatter as masked_scatter
from ravine._ops import masked_scatter_ as masked_scatter_
from ravine._ops import masked_select as masked_select
from ravine._ops import matmul as matmul
from ravine._matrices import matrix_exp as matrix_exp
from ravine._matrices import matrix_power as matrix_power
from ravine._ops import max as max
from ravine._ops import max_pool1d as max_pool1d
from ravine._ops import max_pool1d_with_indices as max_pool1d_with_indices
from ravine._ops import max_pool2d as max_pool2d
from ravine._ops import max_pool2d_with_indices as max_pool2d_with_indices
from ravine._ops import maximum as maximum
from ravine._ops import mean as mean
from ravine._ops import median as median
from ravine._ops import meshgrid as meshgrid
from ravine._ops import min as min
from ravine._ops import minimum as minimum
from ravine._ops import mish as mish
from ravine._ops import mm as mm
from ravine._statistics import mode as mode
from ravine._ops import moveaxis as moveaxis
from ravine._ops import movedim as movedim
from ravine._ops import mse_loss as mse_loss
from ravine._ops import msort as msort
from ravine._ops import mul as mul
from ravine._ops import mul_ as mul_
from ravine._ops import multi_margin_loss as multi_margin_loss
from ravine._ops import multinomial as multinomial
from ravine._ops import multiply as multiply
from ravine._ops import multiply_ as multiply_
from ravine._ops import mv as mv
from ravine._special import mvlgamma as mvlgamma
from ravine._ops import nadam_ as nadam_
from ravine._ops import nan_to_num as nan_to_num
from ravine._ops import nan_to_num_ as nan_to_num_
from ravine._ops import nanmean as nanmean
from ravine._statistics import nanmedian as nanmedian
from ravine._statistics import nanquantile as nanquantile
from ravine._ops import nansum as nansum
from ravine._functions import narrow as narrow
from ravine._shapes import narrow_copy as narrow_copy
from ravine._ops import ne as ne
from ravine._ops import ne_ as ne_
from ravine._ops import neg as neg
from ravine._ops import neg_ as neg_
from ravine._ops import negative as negative
from ravine._ops import negative_ as negative_
from ravine._ops import nextafter as nextafter
from ravine._ops import nextafter_ as nextafter_
from ravine._ops import nll_loss as nll_loss
from ravine._ops import nonzero as nonzero
from ravine._shapes import nonzero_static as nonzero_static
from ravine._matrices import norm as norm
from ravine._products import norm_except_dim as norm_except_dim
from ravine._ops import normal as normal
from ravine._ops import normal_ as normal_
from ravine._ops import normalized_step_ as normalized_step_
from ravine._ops import not_equal as not_equal
from ravine._ops import not_equal_ as not_equal_
from ravine._matrices import nuclear_norm as nuclear_norm
from ravine._functions import numel as numel
from ravine._ops import one_hot as one_hot
from ravine._creation import ones as ones
from ravine._creation import ones_like as ones_like
from ravine._functions import ops as ops
from ravine._matrices import orgqr as orgqr
from ravine._matrices import ormqr as ormqr
from ravine._ops import outer as outer
from ravine._ops import pad as pad
from ravine._ops import pairwise_distance as pairwise_distance
from ravine._matrices import pca_lowrank as pca_lowrank
from ravine._ops import permute as permute
from ravine._matrices import pinverse as pinverse
from ravine._functions import pixel_shuffle as pixel_shuffle
from ravine._functions import pixel_unshuffle as pixel_unshuffle
from ravine._ops import poisson as poisson
from ravine._ops import poisson_nll_loss as poisson_nll_loss
from ravine._special import polygamma as polygamma
from ravine._ops import positive as positive
from ravine._ops import pow as pow
from ravine._ops import pow_ as pow_
from ravine._functions import prelu as prelu
from ravine._ops import prod as prod
from ravine._scatters import put as put
from ravine._matrices import qr as qr
from ravine._ops import quantile as quantile
from ravine._ops import rad2deg as rad2deg
from ravine._ops import rad2deg_ as rad2deg_
from ravine._ops import radam_ as radam_
from ravine._ops import rand as rand
from ravine._ops import rand_like as rand_like
from ravine._ops import randint as randint
from ravine._ops import randint_like as randint_like
from ravine._ops import randn as randn
from ravine._ops import randn_like as randn_like
from ravine._ops import random_ as random_
from ravine._ops import randperm as randperm
from ravine._filled import range as range
from ravine._shapes import ravel as ravel
from ravine._numbers import real as real
from ravine._ops import reciprocal as reciprocal
from ravine._ops import reciprocal_ as reciprocal_
from ravine._ops import relu as relu
from ravine._ops import relu_ as relu_
from ravine._ops import remainder as remainder
from ravine._ops import remainder_ as remainder_
from ravine._statistics import renorm as renorm
from ravine._ops import repeat as repeat
from ravine._forms import repeat_interleave as repeat_interleave
from ravine._ops import reshape as reshape
from ravine._strided import resize_as_ as resize_as_
from ravine._numbers import resolve_conj as resolve_conj
from ravine._numbers import resolve_neg as resolve_neg
from ravine._ops import rms_norm as rms_norm
from ravine._ops import rmsprop_ as rmsprop_
from ravine._ops import rnn_sequence as rnn_sequence
from ravine._ops import roll as roll
from ravine._ops import rot90 as rot90
from ravine._ops import round as round
from ravine._ops import round_ as round_
from ravine._ops import row_stack as row_stack
from ravine._ops import rsqrt as rsqrt
from ravine._ops import rsqrt_ as rsqrt_
from ravine._products import rsub as rsub
from ravine._filled import scalar_tensor as scalar_tensor
from ravine._ops import scale_ as scale_
from ravine._ops import scaled_dot_product_attention as scaled_dot_product_attention
from ravine._ops import scatter as scatter
from ravine._ops import scatter_ as scatter_
from ravine._ops import scatter_add as scatter_add
from ravine._ops import scatter_add_ as scatter_add_
from ravine._ops import scatter_reduce as scatter_reduce
from ravine._ops import scatter_reduce_ as scatter_reduce_
from ravine._ops import searchsorted as searchsorted
from ravine._functions import seed as seed
from ravine._segments import segment_reduce as segment_reduce
from ravine._functions import select as select
from ravine._scatters import select_scatter as select_scatter
from ravine._ops import selu as selu
from ravine._ops import selu_ as selu_
from ravine._ops import sgd_ as sgd_
from ravine._ops import sgn as sgn
from ravine._ops import sgn_ as sgn_
from ravine._ops import sigmoid as sigmoid
from ravine._ops import sigmoid_ as sigmoid_
from ravine._ops import sign as sign
from ravine._ops import sign_ as sign_
from ravine._ops import signbit as signbit
from ravine._ops import silu as silu
from ravine._ops import sin as sin
from ravine._ops import sin_ as sin_
from ravine._ops import sinc as sinc
from ravine._ops import sinc_ as sinc_
from ravine._ops import sinh as sinh
from ravine._ops import sinh_ as sinh_
from ravine._scatters import slice_scatter as slice_scatter
from ravine._matrices import slogdet as slogdet
from ravine._ops import smooth_l1_loss as smooth_l1_loss
from ravine._ops import soft_margin_loss as soft_margin_loss
from ravine._ops import softmax as softmax
from ravine._ops import softplus as softplus
from ravine._ops import softshrink as softshrink
from ravine._ops import sort as sort
from ravine._ops import split as split
from ravine._shapes import split_with_sizes as split_with_sizes
from ravine._ops import sqrt as sqrt
from ravine._ops import sqrt_ as sqrt_
from ravine._ops import square as square
from ravine._ops import square_ as square_
from ravine._ops import squeeze as squeeze
from ravine._ops import stack as stack
from ravine._functions import stats as stats
from ravine._ops import std as std
from ravine._ops import std_mean as std_mean
from ravine._ops import sub as sub
from ravine._ops import sub_ as sub_
from ravine._ops import subtract as subtract
from ravine._ops import subtract_ as subtract_
from ravine._ops import sum as sum
from ravine._matrices import svd as svd
from ravine._matrices import svd_lowrank as svd_lowrank
from ravine._ops import swapaxes as swapaxes
from ravine._ops import swapdims as swapdims
from ravine._functions import t as t
from ravine._ops import take as take
from ravine._ops import take_along_dim as take_along_dim
from ravine._ops import tan as tan
from ravine._ops import tan_ as tan_
from ravine._ops import tanh as tanh
from ravine._ops import tanh_ as tanh_
from ravine._contractions import tensor_split as tensor_split
from ravine._contractions import tensordot as tensordot
from ravine._ops import threshold as threshold
from ravine._ops import threshold_ as threshold_
from ravine._ops import tile as tile
from ravine._foreign import to_dlpack as to_dlpack
from ravine._ops import topk as topk
from ravine._ops import total_norm as total_norm
from ravine._ops import trace as trace
from ravine._ops import transpose as transpose
from ravine._calculus import trapezoid as trapezoid
from ravine._calculus import trapz as trapz
from ravine._matrices import triangular_solve as triangular_solve
from ravine._ops import tril as tril
from ravine._ops import tril_ as tril_
from ravine._ops import tril_indices as tril_indices
from ravine._ops import triplet_margin_loss as triplet_margin_loss
from ravine._ops import triu as triu
from ravine._ops import triu_ as triu_
from ravine._ops import triu_indices as triu_indices
from ravine._ops import true_divide as true_divide
from ravine._ops import true_divide_ as true_divide_
from ravine._ops import trunc as trunc
from ravine._ops import trunc_ as trunc_
from ravine._foreign import typename as typename
from ravine._functions import unbind as unbind
from ravine._ops import unflatten as unflatten
from ravine._ops import unfold as unfold
from ravine._ops import uniform_ as uniform_
from ravine._ops import unique as unique
from ravine._ops import unique_consecutive as unique_consecutive
from ravine._shapes import unravel_index as unravel_index
from ravine._shapes import unsafe_chunk as unsafe_chunk
from ravine._shapes import unsafe_split as unsafe_split
from ravine._shapes import unsafe_split_with_sizes as unsafe_split_with_sizes
from ravine._ops import unsqueeze as unsqueeze
from ravine._ops import upsample_nearest2d as upsample_nearest2d
from ravine._matrices import vander as vander
from ravine._ops import var as var
from ravine._ops import var_mean as var_mean
from ravine._ops import vdot as vdot
from ravine._ops import vsplit as vsplit
from ravine._ops import vstack as vstack
from ravine._forms import where as where
from ravine._ops import xlogy as xlogy
from ravine._ops import xlogy_ as xlogy_
from ravine._functions import zero_ as zero_
from ravine._creation import zeros as zeros
from ravine._creation import zeros_like as zeros_like

__all__ = [
    "_sample_dirichlet",
    "_standard_gamma",
    "_standard_gamma_grad",
    "_standard_von_mises",
    "abs",
    "abs_",
    "absolute",
    "absolute_",
    "accumulate_",
    "acos",
    "acos_",
    "acosh",
    "acosh_",
    "adadelta_",
    "adagrad_",
    "adam_",
    "adamax_",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "add",
    "add_",
    "addbmm",
    "addcdiv",
    "addcdiv_",
    "addcmul",
    "addcmul_",
    "addmm",
    "addmm_",
    "addmv",
    "addmv_",
    "addr",
    "adjoint",
    "all",
    "allclose",
    "amax",
    "amin",
    "aminmax",
    "amsgrad_",
    "angle",
    "any",
    "arange",
    "arccos",
    "arccos_",
    "arccosh",
    "arccosh_",
    "arcsin",
    "arcsin_",
    "arcsinh",
    "arcsinh_",
    "arctan",
    "arctan2",
    "arctan2_",
    "arctan_",
    "arctanh",
    "arctanh_",
    "argmax",
    "argmin",
    "argsort",
    "argwhere",
    "as_strided",
    "as_strided_",
    "as_strided_scatter",
    "as_tensor",
    "asarray",
    "asin",
    "asin_",
    "asinh",
    "asinh_",
    "atan",
    "atan2",
    "atan2_",
    "atan_",
    "atanh",
    "atanh_",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "avg_pool1d",
    "avg_pool2d",
    "baddbmm",
    "baddbmm_",
    "bartlett_window",
    "batch_norm_fixed",
    "batch_norm_moments",
    "batch_norm_track_",
    "bernoulli",
    "bernoulli_",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "bincount",
    "binomial",
    "bitwise_and",
    "bitwise_and_",
    "bitwise_left_shift",
    "bitwise_left_shift_",
    "bitwise_not",
    "bitwise_not_",
    "bitwise_or",
    "bitwise_or_",
    "bitwise_right_shift",
    "bitwise_right_shift_",
    "bitwise_xor",
    "bitwise_xor_",
    "blackman_window",
    "block_diag",
    "bmm",
    "broadcast_shapes",
    "broadcast_tensors",
    "broadcast_to",
    "bucketize",
    "cartesian_prod",
    "cast",
    "cat",
    "cauchy_",
    "cdist",
    "ceil",
    "ceil_",
    "celu",
    "celu_",
    "chain_matmul",
    "cholesky",
    "cholesky_inverse",
    "cholesky_solve",
    "chunk",
    "clamp",
    "clamp_",
    "clamp_max",
    "clamp_max_",
    "clamp_min",
    "clamp_min_",
    "clip",
    "clip_",
    "clone",
    "col2im",
    "column_stack",
    "combinations",
    "concat",
    "concatenate",
    "conj",
    "conj_physical",
    "conj_physical_",
    "constant_pad_nd",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "copysign",
    "copysign_",
    "corrcoef",
    "cos",
    "cos_",
    "cosh",
    "cosh_",
    "cosine_embedding_loss",
    "cosine_similarity",
    "count_nonzero",
    "cov",
    "cross",
    "cross_entropy",
    "cummax",
    "cummin",
    "cumprod",
    "cumprod_",
    "cumsum",
    "cumsum_",
    "cumulative_trapezoid",
    "deg2rad",
    "deg2rad_",
    "det",
    "detach",
    "detach_",
    "diag",
    "diag_embed",
    "diagflat",
    "diagonal",
    "diagonal_scatter",
    "diff",
    "digamma",
    "digamma_",
    "dist",
    "div",
    "div_",
    "divide",
    "divide_",
    "dot",
    "dropout",
    "dropout_",
    "dsplit",
    "dstack",
    "einsum",
    "elu",
    "elu_",
    "embedding",
    "empty",
    "empty_like",
    "empty_permuted",
    "empty_strided",
    "eq",
    "eq_",
    "equal",
    "erf",
    "erf_",
    "erfc",
    "erfc_",
    "erfinv",
    "erfinv_",
    "exp",
    "exp2",
    "exp2_",
    "exp_",
    "expand",
    "expm1",
    "expm1_",
    "exponential_",
    "eye",
    "fill",
    "fill_",
    "fix",
    "fix_",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "float_power",
    "floor",
    "floor_",
    "floor_divide",
    "floor_divide_",
    "fmax",
    "fmin",
    "fmod",
    "fmod_",
    "frac",
    "frac_",
    "frexp",
    "frobenius_norm",
    "from_dlpack",
    "from_numpy",
    "frombuffer",
    "full",
    "full_like",
    "gather",
    "gaussian_nll_loss",
    "gcd",
    "gcd_",
    "ge",
    "ge_",
    "gelu",
    "geometric_",
    "geqrf",
    "ger",
    "get_device",
    "gradient",
    "greater",
    "greater_",
    "greater_equal",
    "greater_equal_",
    "group_norm",
    "gru_sequence",
    "gt",
    "gt_",
    "hamming_window",
    "hann_window",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "heaviside",
    "heaviside_",
    "hinge_embedding_loss",
    "histc",
    "histogram",
    "histogramdd",
    "hsplit",
    "hstack",
    "huber_loss",
    "hypot",
    "hypot_",
    "i0",
    "i0_",
    "igamma",
    "igamma_",
    "igammac",
    "igammac_",
    "im2col",
    "imag",
    "index_add",
    "index_add_",
    "index_copy",
    "index_copy_",
    "index_fill",
    "index_fill_",
    "index_put",
    "index_put_",
    "index_reduce",
    "index_reduce_",
    "index_select",
    "inner",
    "inverse",
    "is_complex",
    "is_conj",
    "is_floating_point",
    "is_inference",
    "is_neg",
    "is_nonzero",
    "is_same_size",
    "is_signed",
    "is_storage",
    "is_tensor",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "kaiser_window",
    "kl_div",
    "kron",
    "kthvalue",
    "l1_loss",
    "layer_norm",
    "lcm",
    "lcm_",
    "ldexp",
    "ldexp_",
    "le",
    "le_",
    "leaky_relu",
    "leaky_relu_",
    "lerp",
    "lerp_",
    "less",
    "less_",
    "less_equal",
    "less_equal_",
    "lgamma",
    "lgamma_",
    "linspace",
    "lion_",
    "log",
    "log10",
    "log10_",
    "log1p",
    "log1p_",
    "log2",
    "log2_",
    "log_",
    "log_normal_",
    "log_softmax",
    "logaddexp",
    "logaddexp2",
    "logcumsumexp",
    "logcumsumexp_",
    "logdet",
    "logical_and",
    "logical_and_",
    "logical_not",
    "logical_not_",
    "logical_or",
    "logical_or_",
    "logical_xor",
    "logical_xor_",
    "logit",
    "logit_",
    "logsigmoid",
    "logspace",
    "logsumexp",
    "lstm_sequence",
    "lt",
    "lt_",
    "lu",
    "lu_solve",
    "lu_unpack",
    "margin_ranking_loss",
    "masked_fill",
    "masked_scatter",
    "masked_scatter_",
    "masked_select",
    "matmul",
    "matrix_exp",
    "matrix_power",
    "max",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "maximum",
    "mean",
    "median",
    "meshgrid",
    "min",
    "minimum",
    "mish",
    "mm",
    "mode",
    "moveaxis",
    "movedim",
    "mse_loss",
    "msort",
    "mul",
    "mul_",
    "multi_margin_loss",
    "multinomial",
    "multiply",
    "multiply_",
    "mv",
    "mvlgamma",
    "nadam_",
    "nan_to_num",
    "nan_to_num_",
    "nanmean",
    "nanmedian",
    "nanquantile",
    "nansum",
    "narrow",
    "narrow_copy",
    "ne",
    "ne_",
    "neg",
    "neg_",
    "negative",
    "negative_",
    "nextafter",
    "nextafter_",
    "nll_loss",
    "nonzero",
    "nonzero_static",
    "norm",
    "norm_except_dim",
    "normal",
    "normal_",
    "normalized_step_",
    "not_equal",
    "not_equal_",
    "nuclear_norm",
    "numel",
    "one_hot",
    "ones",
    "ones_like",
    "ops",
    "orgqr",
    "ormqr",
    "outer",
    "pad",
    "pairwise_distance",
    "pca_lowrank",
    "permute",
    "pinverse",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson",
    "poisson_nll_loss",
    "polygamma",
    "positive",
    "pow",
    "pow_",
    "prelu",
    "prod",
    "put",
    "qr",
    "quantile",
    "rad2deg",
    "rad2deg_",
    "radam_",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "random_",
    "randperm",
    "range",
    "ravel",
    "real",
    "reciprocal",
    "reciprocal_",
    "relu",
    "relu_",
    "remainder",
    "remainder_",
    "renorm",
    "repeat",
    "repeat_interleave",
    "reshape",
    "resize_as_",
    "resolve_conj",
    "resolve_neg",
    "rms_norm",
    "rmsprop_",
    "rnn_sequence",
    "roll",
    "rot90",
    "round",
    "round_",
    "row_stack",
    "rsqrt",
    "rsqrt_",
    "rsub",
    "scalar_tensor",
    "scale_",
    "scaled_dot_product_attention",
    "scatter",
    "scatter_",
    "scatter_add",
    "scatter_add_",
    "scatter_reduce",
    "scatter_reduce_",
    "searchsorted",
    "seed",
    "segment_reduce",
    "select",
    "select_scatter",
    "selu",
    "selu_",
    "sgd_",
    "sgn",
    "sgn_",
    "sigmoid",
    "sigmoid_",
    "sign",
    "sign_",
    "signbit",
    "silu",
    "sin",
    "sin_",
    "sinc",
    "sinc_",
    "sinh",
    "sinh_",
    "slice_scatter",
    "slogdet",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softplus",
    "softshrink",
    "sort",
    "split",
    "split_with_sizes",
    "sqrt",
    "sqrt_",
    "square",
    "square_",
    "squeeze",
    "stack",
    "stats",
    "std",
    "std_mean",
    "sub",
    "sub_",
    "subtract",
    "subtract_",
    "sum",
    "svd",
    "svd_lowrank",
    "swapaxes",
    "swapdims",
    "t",
    "take",
    "take_along_dim",
    "tan",
    "tan_",
    "tanh",
    "tanh_",
    "tensor_split",
    "tensordot",
    "threshold",
    "threshold_",
    "tile",
    "to_dlpack",
    "topk",
    "total_norm",
    "trace",
    "transpose",
    "trapezoid",
    "trapz",
    "triangular_solve",
    "tril",
    "tril_",
    "tril_indices",
    "triplet_margin_loss",
    "triu",
    "triu_",
    "triu_indices",
    "true_divide",
    "true_divide_",
    "trunc",
    "trunc_",
    "typename",
    "unbind",
    "unflatten",
    "unfold",
    "uniform_",
    "unique",
    "unique_consecutive",
    "unravel_index",
    "unsafe_chunk",
    "unsafe_split",
    "unsafe_split_with_sizes",
    "unsqueeze",
    "upsample_nearest2d",
    "vander",
    "var",
    "var_mean",
    "vdot",
    "vsplit",
    "vstack",
    "where",
    "xlogy",
    "xlogy_",
    "zero_",
    "zeros",
    "zeros_like",
]
