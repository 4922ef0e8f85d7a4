//! Matrix product with what follows it: the pair is where the time goes, so each pair is one call.

use candle_core::{Device, Result as TensorResult, Tensor};
use candle_nn::ops::layer_norm;

use crate::config::Activation;
use crate::error::NeuralError;
use crate::kernels::{AddBias, BiasGelu, IntegerProduct, IntegerWeights, ResidualNorm};
use crate::precision::Precision;
use crate::weights::Weights;

/// The weights of one product.
enum Weight {
    /// `inputs × outputs`, turned once from the published `outputs × inputs`, so that no product has to.
    Single(Tensor),
    /// Rounded, for the CPU.
    Int8(IntegerWeights),
}

impl Weight {
    /// Places a published weight, `outputs × inputs`.
    fn place(published: &Tensor, precision: Precision, device: &Device) -> TensorResult<Self> {
        match precision {
            Precision::Single => Ok(Self::Single(published.to_device(device)?.t()?.contiguous()?)),
            Precision::Int8 => {
                let (_, inputs) = published.dims2()?;
                Ok(Self::Int8(IntegerWeights::new(&published.flatten_all()?.to_vec1::<f32>()?, inputs)))
            }
        }
    }

    fn product(&self, x: &Tensor) -> TensorResult<Tensor> {
        match self {
            Self::Single(weight) => x.matmul(weight),
            Self::Int8(weights) => x.apply_op1_no_bwd(&IntegerProduct(weights)),
        }
    }
}

/// Where weights go, and how exact they stay.
#[derive(Clone, Copy)]
pub(super) struct Placement<'a> {
    pub(super) device: &'a Device,
    pub(super) precision: Precision,
}

/// `x·W + b`.
pub(super) struct Linear {
    weight: Weight,
    bias: Tensor,
}

impl Linear {
    /// Reads one layer, or several that read the same input and are fused side by side.
    pub(super) fn load(
        weights: &Weights,
        names: &[String],
        [inputs, outputs]: [usize; 2],
        place: Placement<'_>,
    ) -> Result<Self, NeuralError> {
        let mut parts = (Vec::new(), Vec::new());
        for name in names {
            parts.0.push(weights.get(&format!("{name}.weight"), &[outputs, inputs])?);
            parts.1.push(weights.get(&format!("{name}.bias"), &[outputs])?);
        }
        let fuse = || {
            let weight = Weight::place(&Tensor::cat(&parts.0, 0)?, place.precision, place.device)?;
            Ok(Self { weight, bias: Tensor::cat(&parts.1, 0)?.to_device(place.device)? })
        };
        fuse().map_err(|cause| NeuralError::compute(&format!("placing {}", names.join(", ")), &cause))
    }

    pub(super) fn forward(&self, x: &Tensor) -> TensorResult<Tensor> {
        let y = self.weight.product(x)?;
        if y.device().is_cpu() {
            y.inplace_op2(&self.bias, &AddBias)?;
            Ok(y)
        } else {
            y.broadcast_add(&self.bias)
        }
    }

    /// `activation(x·W + b)`.
    pub(super) fn forward_activated(&self, x: &Tensor, activation: Activation) -> TensorResult<Tensor> {
        if activation == Activation::Gelu && x.device().is_cpu() {
            let y = self.weight.product(x)?;
            y.inplace_op2(&self.bias, &BiasGelu)?;
            return Ok(y);
        }
        activate(&self.forward(x)?, activation)
    }
}

/// Applies an activation by the library's own operations.
pub(super) fn activate(x: &Tensor, activation: Activation) -> TensorResult<Tensor> {
    match activation {
        Activation::Gelu => x.gelu_erf(),
        Activation::GeluTanh => x.gelu(),
        Activation::Relu => x.relu(),
        Activation::Tanh => x.tanh(),
    }
}

/// `norm(x·W + b + residual)`: the end of both halves of a block.
pub(super) struct LinearNorm {
    weight: Weight,
    norm: Norm,
}

impl LinearNorm {
    /// `dense` and `norm` are the names of the two layers.
    pub(super) fn load(
        weights: &Weights,
        [dense, norm]: [&str; 2],
        [inputs, outputs]: [usize; 2],
        eps: f64,
        place: Placement<'_>,
    ) -> Result<Self, NeuralError> {
        let weight = weights.get(&format!("{dense}.weight"), &[outputs, inputs])?;
        let bias = weights.get(&format!("{dense}.bias"), &[outputs])?;
        let weight = Weight::place(&weight, place.precision, place.device)
            .map_err(|cause| NeuralError::compute(&format!("placing {dense}"), &cause))?;
        Ok(Self { weight, norm: Norm::load(weights, norm, Some(bias), outputs, eps, place.device)? })
    }

    pub(super) fn forward(&self, x: &Tensor, residual: &Tensor) -> TensorResult<Tensor> {
        self.norm.forward(self.weight.product(x)?, residual)
    }
}

/// Layer norm of a sum.
pub(crate) struct Norm {
    /// `3 × width`: bias to add first, gain, shift.
    parameters: Tensor,
    eps: f64,
}

impl Norm {
    pub(super) fn load(
        weights: &Weights,
        name: &str,
        bias: Option<Tensor>,
        width: usize,
        eps: f64,
        device: &Device,
    ) -> Result<Self, NeuralError> {
        let gain = weights.get(&format!("{name}.weight"), &[width])?;
        let shift = weights.get(&format!("{name}.bias"), &[width])?;
        let stack = || {
            let bias = match bias {
                Some(bias) => bias,
                None => gain.zeros_like()?,
            };
            Tensor::stack(&[&bias, &gain, &shift], 0)?.to_device(device)
        };
        let parameters = stack().map_err(|cause| NeuralError::compute(&format!("placing {name}"), &cause))?;
        Ok(Self { parameters, eps })
    }

    /// `norm(x + bias + residual)`. `x` is consumed: on the CPU the result takes its place.
    pub(crate) fn forward(&self, x: Tensor, residual: &Tensor) -> TensorResult<Tensor> {
        if x.device().is_cpu() {
            x.inplace_op3(residual, &self.parameters, &ResidualNorm { eps: self.eps as f32 })?;
            return Ok(x);
        }
        let sum = (x + residual)?.broadcast_add(&self.parameters.get(0)?)?;
        layer_norm(&sum, &self.parameters.get(1)?, &self.parameters.get(2)?, self.eps as f32)
    }
}
