using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>What onnx-models/manifest.json says of the weights: everything that code would otherwise have to guess.</summary>
public sealed class ModelManifest
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The models by name.</summary>
    public required IReadOnlyDictionary<string, ModelEntry> Models { get; init; }

    /// <summary>Sets of models that work together, by name.</summary>
    public required IReadOnlyDictionary<string, ModelProfile> Profiles { get; init; }

    /// <exception cref="StartupException">The file is missing or does not follow the format; the message says where.</exception>
    public static ModelManifest Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelManifest>(File.ReadAllBytes(path), Json)
                ?? throw new StartupException($"The model manifest {path} is empty.");
        }
        catch (JsonException wrong)
        {
            throw new StartupException($"The model manifest {path} cannot be read: {wrong.Message}", wrong);
        }
        catch (IOException missing)
        {
            throw new StartupException($"The model manifest {path} cannot be read: {missing.Message}", missing);
        }
    }
}

/// <summary>Detectors by falling input side, the embedder that their points are aligned for, and what judges liveness.</summary>
/// <param name="HeadPose">Models whose angles are averaged; empty where the landmarks' own pose serves.</param>
/// <param name="AntiSpoof">Models whose probabilities are averaged; empty where there is no passive presentation attack detection.</param>
public sealed record ModelProfile(
    IReadOnlyList<string> Detectors, string Embedder, string Landmarks, IReadOnlyList<string> HeadPose, IReadOnlyList<string> AntiSpoof)
{
    [JsonIgnore]
    public IEnumerable<string> Models => [.. Detectors, Embedder, Landmarks, .. HeadPose, .. AntiSpoof];
}

/// <summary>One weight file.</summary>
/// <param name="File">Path below a models directory.</param>
/// <param name="Sha256">Lower-case hex; checked at every start.</param>
/// <param name="Commercial">False keeps the file out until the operator accepts its terms.</param>
/// <param name="Origin">Where the bytes come from, to the commit where there is one.</param>
/// <param name="Url">Where it can be fetched; null when it is part of this repository.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DetectorEntry), "detector")]
[JsonDerivedType(typeof(EmbedderEntry), "embedder")]
[JsonDerivedType(typeof(LandmarksEntry), "landmarks")]
[JsonDerivedType(typeof(HeadPoseEntry), "headPose")]
[JsonDerivedType(typeof(AntiSpoofEntry), "antiSpoof")]
public abstract record ModelEntry(string File, string Sha256, long Bytes, string Licence, bool Commercial, string Origin, string? Url,
    ModelInput Input)
{
    /// <summary>A NuGet package that holds the same file, in whatever folder of it; null where there is none.</summary>
    public string? Package { get; init; }
}

/// <summary>The tensor a model takes: float32[N, 3, H, W], value = (pixel − mean) / std per channel, pixels 0 to 255.</summary>
/// <param name="Side">Height and width; 0 where the graph takes any multiple of 32.</param>
/// <param name="Layout">NCHW is the only one served.</param>
/// <param name="Mean">In the order of <paramref name="Colour"/>.</param>
public sealed record ModelInput(string Name, int Side, string Layout, ColourOrder Colour, float[] Mean, float[] Std);

public enum ColourOrder
{
    Rgb,
    Bgr,
}

/// <summary>How a detector's outputs become faces.</summary>
public enum DetectorDecoder
{
    /// <summary>Priors of sizes 16/32, 64/128, 256/512 at strides 8, 16, 32, with variances 0.1 and 0.2.</summary>
    RetinaFace,

    /// <summary>One cell an anchor at strides 8, 16, 32; score is the root of class times objectness.</summary>
    YuNet,

    /// <summary>Distances from two anchors a cell at strides 8, 16, 32.</summary>
    Scrfd,

    /// <summary>Boxes and points in input pixels already.</summary>
    Direct,
}

/// <param name="Outputs">Names of the graph's outputs by role: scores, boxes, points, and classes for YuNet; one a stride where the decoder
/// has strides.</param>
/// <param name="Confidence">Least score of a face, in [0, 1].</param>
/// <param name="Overlap">IoU above which the weaker of two boxes goes.</param>
public sealed record DetectorEntry(
    string File, string Sha256, long Bytes, string Licence, bool Commercial, string Origin, string? Url, ModelInput Input,
    DetectorDecoder Decoder, IReadOnlyDictionary<string, string[]> Outputs, float Confidence, float Overlap)
    : ModelEntry(File, Sha256, Bytes, Licence, Commercial, Origin, Url, Input);

/// <param name="Dimension">D.</param>
/// <param name="Batch">Faces in one run; 0 where the graph takes any number.</param>
/// <param name="Mirror">Whether the vector of the mirrored crop is added before normalising.</param>
/// <param name="Calibration">What was measured of the model's scores; written by <c>faceattendance evaluate</c> (docs/accuracy.md).</param>
/// <param name="Threshold">Least cosine similarity of a match, for a model that was not calibrated; its makers' or somebody else's.</param>
/// <param name="Align">Where the model wants faces within its input, if elsewhere than ArcFace's template has them.</param>
/// <param name="AnotherPerson">Cosine similarity below which a further photo for an id is another person's; half the verification threshold
/// where it was not measured (docs/accuracy.md).</param>
public sealed record EmbedderEntry(
    string File, string Sha256, long Bytes, string Licence, bool Commercial, string Origin, string? Url, ModelInput Input,
    string Output, int Dimension, int Batch, bool Mirror, EmbedderCalibration? Calibration = null, float? Threshold = null,
        EmbedderAlignment? Align = null,
    float? AnotherPerson = null)
    : ModelEntry(File, Sha256, Bytes, Licence, Commercial, Origin, Url, Input)
{
    // Raise it when alignment or preprocessing changes in a way that moves embeddings: stored templates are then not compared any more.
    private const int PreprocessingVersion = 1;

    /// <summary>What <see cref="DistanceScale.AtThreshold"/> stands for.</summary>
    [JsonIgnore]
    public float BaseThreshold =>
        Scores?.BaseThreshold ?? Threshold ?? throw new StartupException(
        $"The manifest's embedder {File} has neither a calibration nor a threshold.");

    /// <summary>
    /// Least cosine similarity of a comparison with one claimed person (1:1); that of a match where nothing was measured.
    /// </summary>
    [JsonIgnore]
    public float VerificationThreshold => Scores?.VerificationThreshold ?? BaseThreshold;

    /// <summary>Null where nothing was measured.</summary>
    [JsonIgnore]
    public Calibration? Scores => Calibration?.Impostors.ToCalibration();

    /// <summary>Least cosine similarity of a further photo to those of the same id.</summary>
    [JsonIgnore]
    public float LeastOwnSimilarity => AnotherPerson ?? (VerificationThreshold / 2);

    /// <summary>Model digest, preprocessing version and views: what an embedding must share with another to be compared.</summary>
    [JsonIgnore]
    public EmbeddingContractId Contract => new($"{Sha256[..16]}.p{PreprocessingVersion}{(Mirror ? ".mirrored" : "")}");
}

/// <summary>What a model sees of a face, told from the detector's box.</summary>
/// <param name="Scale">How many times the box's sides, about its centre.</param>
/// <param name="Square">Whether the longer side counts for both; otherwise the crop is stretched.</param>
public sealed record FaceCrop(float Scale, bool Square, CropOutside Outside);

/// <summary>What becomes of a crop that sticks out of the picture.</summary>
public enum CropOutside
{
    /// <summary>It ends at the picture's edge, and is stretched the more.</summary>
    Clip,

    /// <summary>It is black there.</summary>
    Black,
}

/// <summary>How a landmark model's outputs are read.</summary>
public enum LandmarksDecoder
{
    /// <summary>One output of 143 values: 68 points, three angles over 90°, two eye-shut logits, two of the mouth.</summary>
    Slim,

    /// <summary>Points float32[N, 68, 2] and pose float32[N, 3] in degrees.</summary>
    Direct,
}

/// <summary>68 points in iBUG order, and a head pose.</summary>
public sealed record LandmarksEntry(
    string File, string Sha256, long Bytes, string Licence, bool Commercial, string Origin, string? Url, ModelInput Input,
    FaceCrop Crop, LandmarksDecoder Decoder, IReadOnlyList<string> Outputs)
    : ModelEntry(File, Sha256, Bytes, Licence, Commercial, Origin, Url, Input);

/// <summary>Yaw, pitch, roll in degrees, float32[1, 3].</summary>
/// <param name="Yaw">Factor to this project's sign (<see cref="Domain.Liveness.HeadPose"/>), 1 or −1; likewise <paramref name="Pitch"/> and
/// <paramref name="Roll"/>.</param>
public sealed record HeadPoseEntry(
    string File, string Sha256, long Bytes, string Licence, bool Commercial, string Origin, string? Url, ModelInput Input,
    FaceCrop Crop, string Output, float Yaw, float Pitch, float Roll)
    : ModelEntry(File, Sha256, Bytes, Licence, Commercial, Origin, Url, Input);

/// <summary>Passive presentation attack detection: logits by class, float32[1, 3].</summary>
/// <param name="CropScale">How many times the box's sides; less where the picture has no room, and moved in where it sticks out.</param>
/// <param name="LiveClass">Index of the class that means a live person.</param>
public sealed record AntiSpoofEntry(
    string File, string Sha256, long Bytes, string Licence, bool Commercial, string Origin, string? Url, ModelInput Input,
    float CropScale, string Output, int LiveClass)
    : ModelEntry(File, Sha256, Bytes, Licence, Commercial, Origin, Url, Input);

/// <param name="Measured">On what, and by which command.</param>
public sealed record EmbedderCalibration(string Measured, ImpostorScores Impostors);

/// <summary>
/// False-match rates of one comparison, falling, each with the cosine similarity that so many strangers reach: [rate, similarity].
/// </summary>
/// <param name="One">Against a student with one template.</param>
/// <param name="Several">Against the normalised mean of two or more.</param>
public sealed record ImpostorScores(IReadOnlyList<double[]> One, IReadOnlyList<double[]> Several)
{
    /// <exception cref="StartupException">The points are no curve.</exception>
    public Calibration ToCalibration() => new(CurveOf(One), CurveOf(Several));

    private static ImpostorCurve CurveOf(IReadOnlyList<double[]> points)
    {
        try
        {
            return new ImpostorCurve([.. points.Select(p => p is [var rate, var similarity] ? (rate, (float)similarity) : default)]);
        }
        catch (ArgumentException wrong)
        {
            throw new StartupException($"A calibration of the model manifest cannot be used: {wrong.Message}", wrong);
        }
    }
}

/// <summary>Where a model wants a face, told from ArcFace's template of 112×112.</summary>
/// <param name="Scale">How many times as large, about the middle.</param>
/// <param name="Down">Pixels of the template; negative is up.</param>
public sealed record EmbedderAlignment(float Scale, float Down);
