using System.Numerics.Tensors;
using FaceAttendance.Application;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>An embedder's graph; shared by all workers. The owner disposes it after them.</summary>
internal sealed class EmbedderModel : IDisposable
{
    public EmbedderModel(ModelFile<EmbedderEntry> file)
    {
        Entry = file.Entry;
        if (Entry.Input.Side != SimilarityTransform.TemplateSide)
            throw new StartupException(
                $"The manifest's '{file.Name}' takes {Entry.Input.Side} px; faces are aligned to {SimilarityTransform.TemplateSide}.");
        Format = new PixelTensor(Entry.Input);
        Graph = ModelLoading.Open(file, [Entry.Output]);
    }

    public EmbedderEntry Entry { get; }

    public PixelTensor Format { get; }

    public OrtModel Graph { get; }

    /// <summary>From a face's place in ArcFace's template to where this model wants it.</summary>
    public SimilarityTransform Place(in SimilarityTransform toTemplate) =>
        Entry.Align is { } align ? toTemplate.Then(align.Scale, align.Down) : toTemplate;

    public void Dispose() => Graph.Dispose();
}

/// <summary>
/// Embeds aligned faces, several in one run where the graph takes them. For one thread at a time: each worker has its own.
/// </summary>
internal sealed class FaceEmbedder(EmbedderModel model) : IDisposable
{
    // One run of 8 crops of 112×112 keeps a core busy for tens of milliseconds; larger batches gain nothing and hold memory.
    private const int LargestBatch = 8;

    private const int CropLength = 3 * FaceAligner.Pixels;

    private readonly OrtModel.Binding?[] _bindings = new OrtModel.Binding?[LargestBatch + 1];
    private readonly float[] _sum = new float[model.Entry.Dimension];
    private readonly int _views = model.Entry.Mirror ? 2 : 1;

    /// <param name="toTemplate">One transform a face, from the picture's pixels to ArcFace's template.</param>
    /// <param name="embeddings">As many as transforms; filled in their order.</param>
    /// <param name="ct">Looked at between two runs: a crowd takes many.</param>
    public void Embed(RgbView image, ReadOnlySpan<SimilarityTransform> toTemplate, Span<Embedding> embeddings, CancellationToken ct)
    {
        // A graph with a fixed batch of 1 embeds each view in a run of its own.
        var facesPerRun = model.Entry.Batch == 1 ? 1 : LargestBatch / _views;
        for (var start = 0; start < toTemplate.Length; start += facesPerRun)
        {
            ct.ThrowIfCancellationRequested();
            var count = Math.Min(facesPerRun, toTemplate.Length - start);
            if (model.Entry.Batch == 1) embeddings[start] = EmbedOneByOne(image, toTemplate[start]);
            else EmbedTogether(image, toTemplate.Slice(start, count), embeddings.Slice(start, count));
        }
    }

    public void Dispose()
    {
        foreach (var binding in _bindings) binding?.Dispose();
    }

    private Embedding EmbedOneByOne(RgbView image, in SimilarityTransform toTemplate)
    {
        var binding = BindingFor(1);
        _sum.AsSpan().Clear();
        for (var view = 0; view < _views; view++)
        {
            FaceAligner.Warp(image, model.Place(toTemplate), model.Format, binding.Input, mirror: view == 1);
            binding.Run();
            TensorPrimitives.Add(_sum, binding.Output(0), _sum);
        }
        return Embedding.FromRaw(_sum, model.Entry.Contract);
    }

    private void EmbedTogether(RgbView image, ReadOnlySpan<SimilarityTransform> toTemplate, Span<Embedding> embeddings)
    {
        var binding = BindingFor(toTemplate.Length * _views);
        for (var i = 0; i < toTemplate.Length; i++)
        {
            for (var view = 0; view < _views; view++)
                FaceAligner.Warp(image, model.Place(toTemplate[i]), model.Format,
                    binding.Input.Slice(((i * _views) + view) * CropLength, CropLength), mirror: view == 1);
        }
        binding.Run();
        var dimension = model.Entry.Dimension;
        for (var i = 0; i < toTemplate.Length; i++)
        {
            _sum.AsSpan().Clear();
            for (var view = 0; view < _views; view++)
                TensorPrimitives.Add(_sum, binding.Output(0).Slice(((i * _views) + view) * dimension, dimension), _sum);
            embeddings[i] = Embedding.FromRaw(_sum, model.Entry.Contract);
        }
    }

    private OrtModel.Binding BindingFor(int batch)
    {
        if (_bindings[batch] is { } known) return known;
        var made = model.Graph.Bind(batch, 3, SimilarityTransform.TemplateSide, SimilarityTransform.TemplateSide);
        if (made.Output(0).Length != batch * model.Entry.Dimension)
            throw new StartupException(
                $"The embedder gives {made.Output(0).Length} values for {batch} faces; the manifest says {model.Entry.Dimension} each.");
        return _bindings[batch] = made;
    }
}
