using System.Globalization;
using System.Text;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>Writes an embedder's calibration into the model manifest and leaves every other byte as it is.</summary>
internal static class ManifestFile
{
    /// <param name="measured">On what, and by which command.</param>
    /// <exception cref="CommandFailedException">The file cannot be read or written, or has no such model.</exception>
    public static void WriteCalibration(
        string file, string model, string measured, IReadOnlyList<(double Rate, double Similarity)> one,
        IReadOnlyList<(double Rate, double Similarity)> several)
    {
        try
        {
            var bytes = File.ReadAllBytes(file);
            var edited = Edit(bytes, model, measured, one, several);
            File.WriteAllBytes(file + ".new", edited);
            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CommandFailedException($"The calibration cannot be written into {file}: {e.Message}");
        }
    }

    internal static byte[] Edit(
        byte[] manifest, string model, string measured, IReadOnlyList<(double Rate, double Similarity)> one,
        IReadOnlyList<(double Rate, double Similarity)> several)
    {
        var place = Find(manifest, model) ?? throw new JsonException($"It has no model '{model}'.");
        var text = string.Create(CultureInfo.InvariantCulture, $$"""
            {
                    "measured": {{JsonSerializer.Serialize(measured, ManifestText)}},
                    "impostors": {
                      "one": {{Points(one)}},
                      "several": {{Points(several)}}
                    }
                  }
            """).ReplaceLineEndings("\n");
        if (!place.IsThere) text = $",\n      \"calibration\": {text}";
        return [.. manifest.AsSpan(0, place.From), .. Encoding.UTF8.GetBytes(text), .. manifest.AsSpan(place.To)];
    }

    // Quotation marks and umlauts of a folder's name need no \u in a file that people read.
    private static readonly JsonSerializerOptions ManifestText = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static string Points(IReadOnlyList<(double Rate, double Similarity)> points) =>
        "[" + string.Join(", ", points.Select(p =>
            string.Create(CultureInfo.InvariantCulture, $"[{(decimal)p.Rate}, {p.Similarity:0.000}]"))) + "]";

    /// <returns>Where the calibration's value stands, or where it is to be put: behind the entry's last value.</returns>
    private static (bool IsThere, int From, int To)? Find(byte[] manifest, string model)
    {
        var reader = new Utf8JsonReader(manifest);
        // By depth: 1 the manifest's members, 2 the models, 3 a model's own members.
        var isInModels = false;
        var isInModel = false;
        var end = 0L;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.CurrentDepth == 1) isInModels = reader.ValueTextEquals("models"u8);
                if (reader.CurrentDepth == 2) isInModel = isInModels && reader.ValueTextEquals(model);
                if (reader.CurrentDepth != 3 || !isInModel || !reader.ValueTextEquals("calibration"u8)) continue;
                reader.Read();
                var from = (int)reader.TokenStartIndex;
                reader.Skip();
                return (true, from, (int)reader.BytesConsumed);
            }
            if (isInModel && reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 2) return (false, (int)end, (int)end);
            end = reader.BytesConsumed;
        }
        return null;
    }
}
