//! What an ONNX file may cost us before we know whether it is one.

/// Bytes of a file: twice what the largest model we can quantize needs.
pub const MAX_FILE_BYTES: usize = 32 << 20;

/// Protobuf fields that the decoder would allocate for. A field is two bytes in the file and up to 300 in
/// memory; this bounds decoding to tens of megabytes beyond the file's own size.
pub const MAX_FIELDS: usize = 1 << 16;

/// Nodes of a graph: a chain as long as [`crate::quant::limits::MAX_NODES`] with four nodes a layer.
pub const MAX_NODES: usize = 256;

/// Initializers and Constant nodes of a graph: a few per node.
pub const MAX_CONSTANTS: usize = 512;

/// Parameters of all constants together, and of all nodes (which may share constants): as many as a quantized
/// model may have weights, and biases.
pub const MAX_PARAMETERS: usize = crate::quant::limits::MAX_WEIGHTS + (1 << 20);

/// Elements of one constant.
pub const MAX_TENSOR_ELEMENTS: usize = crate::quant::limits::MAX_WEIGHTS;

/// Elements of the input and of every node's result. Without it a small file could ask for a large vector at
/// each of its nodes.
pub const MAX_ACTIVATIONS: usize = crate::quant::limits::MAX_ACTIVATIONS;

/// Dimensions of a tensor: batches of images have four; two to spare.
pub const MAX_RANK: usize = 6;

/// Bytes of a name: generous for exporters that nest scopes.
pub const MAX_NAME_BYTES: usize = 512;

/// Operator set versions whose Gemm, MatMul, Add, Relu, Flatten, Reshape and ArgMax mean what we read.
pub const OPSETS: std::ops::RangeInclusive<i64> = 7..=22;
