using System.Numerics;
using FaceAttendance.Application;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;
using Microsoft.ML.OnnxRuntime;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>A detector's graph and how to read it; shared by all workers. The owner disposes it after them.</summary>
internal sealed class DetectorModel : IDisposable
{
    /// <param name="asExported">Whether a graph of a fixed size is left as it is, to be compared with.</param>
    public DetectorModel(ModelFile<DetectorEntry> file, bool asExported = false)
    {
        Entry = file.Entry;
        Decoder = FaceDecoder.For(Entry);
        Format = new PixelTensor(Entry.Input);
        TakesAnySize = Entry.Input.Side == 0;
        Graph = (TakesAnySize || asExported ? null : OpenForAnySize(file)) ?? ModelLoading.Open(file, Decoder.Outputs);
    }

    public DetectorEntry Entry { get; }

    public FaceDecoder Decoder { get; }

    public PixelTensor Format { get; }

    public OrtModel Graph { get; }

    /// <summary>Longer side of the input in pixels: the graph's own, or 640 where it takes any.</summary>
    public int Side => Entry.Input.Side > 0 ? Entry.Input.Side : 640;

    /// <summary>Whether a picture's or a window's own shape is taken; otherwise each is put into a square of <see cref="Side"/>.</summary>
    public bool TakesAnySize { get; private set; }

    /// <summary>
    /// Longer side of an input that shows whether a look at <see cref="Side"/> is worth its price; null where that was not measured.
    /// </summary>
    public int? GlanceSide => TakesAnySize && Entry.Decoder == DetectorDecoder.RetinaFace ? 320 : null;

    /// <summary>Why it does not, where it could not be helped.</summary>
    public string? Fixed { get; private set; }

    public void Dispose() => Graph.Dispose();

    /// <returns>Null where the graph is tied to the size that it was exported for.</returns>
    private OrtModel? OpenForAnySize(ModelFile<DetectorEntry> file)
    {
        const int Height = 64, Width = 96;
        OrtModel? graph = null;
        try
        {
            graph = new(OnnxInputSize.Free(File.ReadAllBytes(file.Path), Entry.Input.Name), Entry.File, Entry.Input.Name, Decoder.Outputs);
            using var tried = graph.Bind(1, 3, Height, Width);
            TakesAnySize = Decoder.Fits(tried, Width, Height);
            if (TakesAnySize) return graph;
            Fixed = "its outputs do not follow its input";
        }
        catch (Exception tied) when (tied is NotSupportedException or InvalidDataException or OnnxRuntimeException or ArgumentException)
        {
            Fixed = tied.Message;
        }
        graph?.Dispose();
        return null;
    }
}

/// <summary>Finds faces in a picture with the profile's detectors. For one thread at a time: each worker has its own.</summary>
internal sealed class FaceDetector(IReadOnlyList<DetectorModel> models, int minFacePixels) : IDisposable
{
    // RetinaFace's smallest prior is 16 px and its points settle at twice that; a smaller detector is taken only when it keeps that much.
    private const float LeastPixelsInSmallerInput = 32;

    // The smallest face that RetinaFace finds reliably in its input, whichever side that has: 24 px in a frame of 640, as
    // docs/accuracy.md's groups.
    private const float LeastPixelsFound = 24;

    // Longer side of the largest input, 4 × the price of the usual one; and what sides are multiples of, so that there are few.
    private const int LargestSide = 1280, Multiple = 64;

    // A camera sends one size, looked at as a whole twice, in windows of a size or two and in parts of a few; pictures of a few sizes may
    // alternate. More would only hold memory.
    private const int KeptSizes = 20;

    // Score in a glance from which there may be a face. Most of what is none stays below 0.02; what the full look alone finds in
    // docs/accuracy.md's pictures has 0.16 in a glance where it is a face, and 0.06 and less where it is a tie or an epaulette.
    private const float Faint = 0.06f;

    // Where a glance finds a face of less than this, in pixels of the full look, smaller ones beside it may not be seen at all.
    private const float SmallFace = 48;

    // Below this, in pixels of the full look, a glance gives a face's points too coarsely to tell people apart as well: decision 47.
    private const float LeastForPoints = 160;

    // What a closer look shows, in longer sides of the face: more where its place is less certain.
    private const float AroundDoubtful = 2, AroundSure = 1.3f;

    // Share of what is doubtful that a closer look at a sure face beside it must show, as large as the full look would, to decide it too.
    private const float ShownBeside = 0.6f;

    // Input of a closer look in pixels. A sure face then has some 100 of them: its points are better than a full look's at 80 and less.
    private const int CloseSide = 128, CloseSideDoubtful = 160;

    // Share of a full look's pixels that closer looks together may have; beyond it the full look is the quicker.
    private const float MostCloser = 0.5f;

    // In pixels of a full look's input: so much is seen around a part of a picture, and its sides are multiples of that.
    private const int AroundPart = 32, PartMultiple = 128;

    // Beyond this share of a picture's pixels a part is not worth the trouble.
    private const float MostOfPicture = 0.7f;

    private readonly List<Sized> _sizes = [];
    private readonly List<DetectedFace> _closer = [];

    // What closer looks at sure faces show as large as the full look would, in pixels of the picture; what they found there beside them.
    private readonly List<FaceBox> _shown = [];
    private readonly List<DetectedFace> _beside = [];

    /// <summary>Longer side that a picture should be decoded to at least, in pixels.</summary>
    /// <param name="longer">That of the original.</param>
    public int WantedSide(int longer) => Math.Max(FaceAnalyzer.FirstLook, Math.Min(longer, SideOf(Choose(longer), longer)));

    /// <summary>Intersection over union above which two boxes are one face's.</summary>
    public float Overlap => models[0].Entry.Overlap;

    /// <summary>Whether a look at a part of a picture costs less than one at the whole.</summary>
    public bool IsCheaperInWindows => models[0].TakesAnySize;

    /// <summary>
    /// Whether <see cref="LookCloser"/> is known to give better points than a glance at the whole picture, which shows a large face well
    /// enough.
    /// </summary>
    /// <param name="face">In pixels of a picture of that longer side.</param>
    public bool IsForCloserLook(in DetectedFace face, int longer) =>
        models[0].GlanceSide is not null && face.Box.Height * models[0].Side < LeastForPoints * longer;

    /// <summary>
    /// Glances at the picture in a small input, and looks once more where that leaves a doubt: closely at what may be a face, or at the
    /// whole picture. Finds what <see cref="DetectThoroughly"/> finds, at a third of its price where faces are large and few.
    /// </summary>
    /// <param name="faces">Cleared, then filled, in pixels of <paramref name="image"/>.</param>
    /// <param name="shrink">Pixels of the original a pixel, in which the smallest wanted face is given.</param>
    public void Detect(RgbView image, List<DetectedFace> faces, int shrink = 1)
    {
        var longer = Math.Max(image.Width, image.Height);
        var model = Choose(longer * shrink);
        var side = SideOf(model, longer * shrink);
        // What is as small as that may be nothing at all in a glance.
        var areSmallWanted = minFacePixels > 0 && minFacePixels * model.Side < SmallFace * longer * shrink;
        if (model.GlanceSide is { } glance && !areSmallWanted)
        {
            if (Glance(model, image, model.Side / (float)longer, isEnough: side <= glance, faces)) return;
        }
        Detect(model, image, Math.Max(side, model.Side), faces);
    }

    /// <summary>Looks at the whole picture in the usual input, or in a larger one where the smallest wanted face needs it.</summary>
    /// <inheritdoc cref="Detect(RgbView, List{DetectedFace}, int)"/>
    public void DetectThoroughly(RgbView image, List<DetectedFace> faces, int shrink = 1)
    {
        var longer = Math.Max(image.Width, image.Height) * shrink;
        var model = Choose(longer);
        Detect(model, image, Math.Max(model.Side, SideOf(model, longer)), faces);
    }

    /// <summary>
    /// Looks at a part of the picture alone, which costs as much less as it is smaller: around a face that was there before.
    /// </summary>
    /// <param name="window">Moved into the picture where it sticks out, and cut where it is larger.</param>
    /// <param name="side">Pixels that its longer side gets in the detector's input; a graph of a fixed size takes its own.</param>
    /// <param name="faces">Cleared, then filled by falling confidence, in pixels of <paramref name="image"/>. A face that the window cuts
    /// may be among them, as far as it shows.</param>
    public void Detect(RgbView image, in PixelRectangle window, int side, List<DetectedFace> faces) =>
        Look(models[0], image, window.MoveInto(image.Width, image.Height), side, models[0].Entry.Confidence, faces);

    /// <summary>Looks at a part of the picture as thoroughly as <see cref="DetectThoroughly"/> at all of it.</summary>
    /// <param name="place">In pixels of <paramref name="image"/>.</param>
    /// <param name="faces">Cleared, then filled by falling confidence, in pixels of <paramref name="image"/>. A face that the part cuts may
    /// be among them, as far as it shows.</param>
    /// <param name="shrink">Pixels of the original a pixel.</param>
    /// <returns>What was looked at: the place with something around it, or the whole picture where that costs little more.</returns>
    public PixelRectangle DetectWithin(RgbView image, in FaceBox place, List<DetectedFace> faces, int shrink)
    {
        var longer = Math.Max(image.Width, image.Height);
        var model = Choose(longer * shrink);
        var side = Math.Max(model.Side, SideOf(model, longer * shrink));
        var scale = side / (float)longer;
        var (width, height) = (Widened(place.Width), Widened(place.Height));
        var part = width * height > MostOfPicture * image.Width * image.Height ? new PixelRectangle(0, 0, image.Width, image.Height)
            : new PixelRectangle((int)(place.Center.X - (width / 2)), (int)(place.Center.Y - (height / 2)), (int)width, (int)height)
                .MoveInto(image.Width, image.Height);
        Look(model, image, part, (int)MathF.Round(Math.Max(part.Width, part.Height) * scale), model.Entry.Confidence, faces);
        return part;

        // In a few sizes.
        float Widened(float length) => RoundUp((length * scale) + (2 * AroundPart), PartMultiple) / scale;
    }

    /// <summary>Looks once more at a face that was found, enlarged, for better points.</summary>
    /// <returns>Null where it is not found so.</returns>
    public DetectedFace? LookCloser(RgbView image, in DetectedFace face)
    {
        var (window, side) = WindowAround(face, isSure: true, scale: 1, Math.Min(image.Width, image.Height));
        Look(models[0], image, window.MoveInto(image.Width, image.Height), side, models[0].Entry.Confidence, _closer);
        var same = IndexOf(face, _closer, models[0].Entry.Overlap);
        return same < 0 ? null : _closer[same];
    }

    /// <summary>
    /// Finds the largest face and every other at least half as tall. The quickest detector serves while the largest is so tall that it
    /// would have found those; otherwise the picture is looked through as by <see cref="DetectThoroughly"/>.
    /// </summary>
    /// <param name="faces">As there; small faces may be missing.</param>
    public void DetectLarge(RgbView image, List<DetectedFace> faces)
    {
        var longer = Math.Max(image.Width, image.Height);
        var (thorough, quick) = (Choose(longer), models[^1]);
        if (quick != thorough)
        {
            Detect(quick, image, quick.Side, faces);
            foreach (var face in faces)
            {
                if (face.Box.Height * quick.Side >= 2 * LeastPixelsFound * longer) return;
            }
        }
        Detect(thorough, image, thorough.Side, faces);
    }

    public void Dispose()
    {
        foreach (var sized in _sizes) sized.Binding.Dispose();
    }

    private void Detect(DetectorModel model, RgbView image, int side, List<DetectedFace> faces) =>
        Look(model, image, new(0, 0, image.Width, image.Height), side, model.Entry.Confidence, faces);

    /// <param name="scale">Pixels of the full look's input a pixel.</param>
    /// <param name="isEnough">Whether every wanted face is large enough to be seen.</param>
    /// <returns>False when only the full look can tell, or is the quicker.</returns>
    private bool Glance(DetectorModel model, RgbView image, float scale, bool isEnough, List<DetectedFace> faces)
    {
        Look(model, image, new(0, 0, image.Width, image.Height), model.GlanceSide!.Value, Faint, faces);
        var widest = Math.Min(image.Width, image.Height);
        var price = 0f;
        _shown.Clear();
        // They come by falling confidence, the sure ones first.
        var sure = 0;
        foreach (var face in faces)
        {
            var isSure = face.Confidence > model.Entry.Confidence;
            if (isSure && !isEnough && face.Box.Height * scale < SmallFace) return false;
            if (isSure) sure++;
            if (CloserLook(face, isSure, scale, widest) is not var (window, side) || (!isSure && IsShown(face))) continue;
            price += side * side;
            if (isSure && window.Width * scale <= side) _shown.Add(BoxOf(window.MoveInto(image.Width, image.Height)));
        }
        if ((sure == 0 && !isEnough) || price > MostCloser * image.Width * image.Height * scale * scale) return false;

        _beside.Clear();
        for (var i = 0; i < faces.Count; i++)
        {
            var face = faces[i];
            var isSure = i < sure;
            if (CloserLook(face, isSure, scale, widest) is not var (window, side)) continue;
            if (!isSure && IsShown(face) && IndexOf(face, _beside, model.Entry.Overlap) < 0) continue;
            Look(model, image, window.MoveInto(image.Width, image.Height), side, model.Entry.Confidence, _closer);
            var same = IndexOf(face, _closer, model.Entry.Overlap);
            if (same >= 0) faces[i] = _closer[same];
            // Others that it shows may be cut.
            if (!isSure) continue;
            if (same >= 0) _closer.RemoveAt(same);
            _beside.AddRange(_closer);
        }
        faces.RemoveAll(f => f.Confidence <= model.Entry.Confidence);
        NonMaximumSuppression.Apply(faces, model.Entry.Overlap);
        return true;
    }

    /// <summary>Whether a closer look at a sure face shows so much of it that a face would be found there.</summary>
    private bool IsShown(in DetectedFace doubtful)
    {
        foreach (var shown in _shown)
        {
            if (shown.SharedArea(doubtful.Box) >= ShownBeside * doubtful.Box.Area) return true;
        }
        return false;
    }

    private static FaceBox BoxOf(in PixelRectangle r) => new(r.Left, r.Top, r.Left + r.Width, r.Top + r.Height);

    private static int IndexOf(in DetectedFace face, List<DetectedFace> among, float overlap)
    {
        for (var i = 0; i < among.Count; i++)
        {
            if (among[i].Box.IntersectionOverUnion(face.Box) > overlap) return i;
        }
        return -1;
    }

    /// <returns>Null where the glance shows enough.</returns>
    private static (PixelRectangle Window, int Side)? CloserLook(in DetectedFace face, bool isSure, float scale, int widest) =>
        isSure && face.Box.Height * scale >= LeastForPoints ? null : WindowAround(face, isSure, scale, widest);

    /// <param name="widest">Windows are square, so that there are few sizes.</param>
    private static (PixelRectangle Window, int Side) WindowAround(in DetectedFace face, bool isSure, float scale, int widest)
    {
        var longer = Math.Max(face.Box.Width, face.Box.Height);
        // A doubtful one is looked at as the full look would, since what is enlarged looks like a face more often.
        var length = Math.Clamp(isSure ? AroundSure * longer : Math.Max(AroundDoubtful * longer, CloseSideDoubtful / scale), 1, widest);
        var side = isSure ? CloseSide : Math.Max(CloseSideDoubtful, RoundUp(length * scale, CloseSideDoubtful / 2));
        var corner = face.Box.Center - new Vector2(length / 2);
        return (new((int)corner.X, (int)corner.Y, (int)length, (int)length), side);
    }

    /// <param name="confidence">Least.</param>
    private void Look(
        DetectorModel model, RgbView image, in PixelRectangle window, int side, float confidence, List<DetectedFace> faces)
    {
        faces.Clear();
        if (!model.TakesAnySize) side = model.Side;
        var scale = side / (float)Math.Max(window.Width, window.Height);
        var sized = SizeFor(model, side, window, scale);

        sized.Letterbox.Fill(image, window, sized.Binding.Input, sized.Width, sized.Height, scale);
        sized.Binding.Run();
        model.Decoder.Decode(sized.Binding, sized.Width, sized.Height, confidence, faces);
        NonMaximumSuppression.Apply(faces, model.Entry.Overlap);
        var corner = new Vector2(window.Left, window.Top);
        for (var i = 0; i < faces.Count; i++) faces[i] = faces[i].Scale(1 / scale).Move(corner);
    }

    /// <summary>
    /// The profile's detector; of those with a fixed input, the smallest in which the smallest wanted face is still large enough.
    /// </summary>
    private DetectorModel Choose(int longer)
    {
        var chosen = models[0];
        if (minFacePixels <= 0 || chosen.TakesAnySize) return chosen;
        for (var i = 1; i < models.Count; i++)
        {
            if ((float)minFacePixels * models[i].Side / longer >= LeastPixelsInSmallerInput) chosen = models[i];
        }
        return chosen;
    }

    /// <summary>
    /// Longer side of the input that shows the smallest wanted face large enough to be found. A graph of a fixed size has its own.
    /// </summary>
    private int SideOf(DetectorModel model, int longer)
    {
        if (minFacePixels <= 0 || !model.TakesAnySize) return model.Side;
        var wanted = Math.Min(LargestSide, LeastPixelsFound * longer / minFacePixels);
        return Math.Max(RoundUp(wanted, Multiple), model.GlanceSide ?? model.Side);
    }

    private Sized SizeFor(DetectorModel model, int side, in PixelRectangle window, float scale)
    {
        int width = side, height = side;
        if (model.TakesAnySize)
        {
            var multiple = model.Decoder.Multiple;
            (width, height) = (RoundUp(window.Width * scale, multiple), RoundUp(window.Height * scale, multiple));
        }
        foreach (var known in _sizes)
        {
            if (known.Model == model && known.Width == width && known.Height == height) return known;
        }
        if (_sizes.Count == KeptSizes)
        {
            _sizes[0].Binding.Dispose();
            _sizes.RemoveAt(0);
        }
        var made = new Sized(model, width, height, model.Graph.Bind(1, 3, height, width), new Letterbox(model.Format));
        _sizes.Add(made);
        return made;
    }

    private static int RoundUp(float length, int multiple) =>
        Math.Max(1, ((int)MathF.Round(length) + multiple - 1) / multiple) * multiple;

    private sealed record Sized(DetectorModel Model, int Width, int Height, OrtModel.Binding Binding, Letterbox Letterbox);
}

internal static class ModelLoading
{
    /// <exception cref="StartupException">The file matches its digest and yet is not what the manifest describes, or the runtime refuses
    /// it.</exception>
    public static OrtModel Open<T>(ModelFile<T> file, IReadOnlyList<string> outputs) where T : ModelEntry
    {
        if (file.Entry.Input.Layout != "NCHW")
            throw new StartupException($"The manifest's '{file.Name}' has the layout {file.Entry.Input.Layout}; NCHW is served.");
        try
        {
            return new OrtModel(file.Path, file.Entry.Input.Name, outputs);
        }
        catch (Exception unusable) when (unusable is OnnxRuntimeException or ArgumentException)
        {
            throw new StartupException($"The weights {file.Path} of '{file.Name}' cannot be used: {unusable.Message}", unusable);
        }
    }
}
