using System.Numerics.Tensors;

namespace FaceAttendance.Domain.Recognition;

/// <summary>What made an embedding: model digest, preprocessing and alignment. Vectors of two contracts are never compared.</summary>
public readonly record struct EmbeddingContractId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A unit-length face embedding, float32[D], comparable only within one contract. Immutable, thread-safe.</summary>
public sealed class Embedding
{
    // Below this a norm is arithmetic noise: the models in use give raw norms between 3 and 40.
    private const float LeastNorm = 1e-6f;

    private readonly float[] _unit;

    private Embedding(float[] unit, EmbeddingContractId contract) => (_unit, Contract) = (unit, contract);

    public EmbeddingContractId Contract { get; }

    /// <summary>D, the number of values.</summary>
    public int Dimension => _unit.Length;

    /// <summary>float32[D], unit length; valid as long as this object.</summary>
    public ReadOnlySpan<float> Values => _unit;

    /// <param name="raw">float32[D] as the model gave it, any length but zero.</param>
    /// <exception cref="ArgumentException">Zero, NaN or infinite norm: a model fault, not a bad photo.</exception>
    public static Embedding FromRaw(ReadOnlySpan<float> raw, EmbeddingContractId contract)
    {
        var norm = TensorPrimitives.Norm(raw);
        if (!float.IsFinite(norm) || norm < LeastNorm) throw new ArgumentException("The embedding's norm is unusable.", nameof(raw));
        var unit = new float[raw.Length];
        TensorPrimitives.Divide(raw, norm, unit);
        return new Embedding(unit, contract);
    }

    /// <returns>Raw cosine similarity in [-1, 1]; a score, not a probability.</returns>
    /// <exception cref="ArgumentException">The two come from different contracts.</exception>
    public float CosineSimilarity(Embedding other) => other.Contract == Contract
        ? Math.Clamp(TensorPrimitives.Dot(_unit, other._unit), -1f, 1f)
        : throw new ArgumentException("Embeddings come from different contracts.", nameof(other));

    public override string ToString() => $"Embedding({_unit.Length} values withheld, {Contract})";
}
