//! What an ONNX file may cost us before we know whether it is one.

use super::error::ImportError;

/// Bytes of a file: twice what the largest model we can quantize needs.
pub const MAX_FILE_BYTES: usize = 32 << 20;

/// Bytes allocated at any moment while a file of anyone's is read, run and quantized on a few samples: the file decoded
/// and once more as the float runtime's graph, and the largest model's values as floats and as integers. The fuzzer
/// gives each file no more.
pub const MAX_IMPORT_BYTES: usize = 512 << 20;

/// Protobuf fields that the decoder would allocate for. A field is two bytes in the file and up to 300 in
/// memory; this bounds decoding to tens of megabytes beyond the file's own size.
pub const MAX_FIELDS: usize = 1 << 16;

/// Nodes of a file: a deep transformer as exporters write it.
pub const MAX_NODES: usize = 2048;

/// Initializers and Constant nodes of a graph: a few per node.
pub const MAX_CONSTANTS: usize = 4096;

/// Parameters of all constants together, and of all nodes (which may share constants): as many as a quantized
/// model may have weights, and biases.
pub const MAX_PARAMETERS: usize = crate::quant::limits::MAX_WEIGHTS + (1 << 20);

/// Elements of one constant.
pub const MAX_TENSOR_ELEMENTS: usize = crate::quant::limits::MAX_WEIGHTS;

/// Elements of the input and of every node's result. Without it a small file could ask for a large vector at
/// each of its nodes.
pub const MAX_ACTIVATIONS: usize = crate::quant::limits::MAX_ACTIVATIONS;

/// Dimensions of a tensor: batches of images have four; two to spare.
pub const MAX_RANK: usize = crate::quant::limits::MAX_RANK;

/// Bytes of a name: generous for exporters that nest scopes.
pub const MAX_NAME_BYTES: usize = 512;

/// Operator set versions whose operators mean what we read.
pub const OPSETS: std::ops::RangeInclusive<i64> = 7..=22;

/// Nodes of the imported graph, in which one node of the file may be several.
pub const MAX_GRAPH_NODES: usize = crate::quant::limits::MAX_NODES;

/// Elements of all values of the imported graph together.
pub const MAX_ALL_ACTIVATIONS: usize = crate::quant::limits::MAX_ALL_ACTIVATIONS;

pub(super) fn check(what: &'static str, limit: usize, got: usize) -> Result<(), ImportError> {
    if got > limit {
        Err(ImportError::OverLimit { what, limit, got })
    } else {
        Ok(())
    }
}
