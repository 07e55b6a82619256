namespace FaceAttendance.WebApi.Screens;

/// <summary>Where the built pages lie: beside the program, as a release carries them, or in the sources that it was built of.</summary>
internal static class ScreenFolder
{
    public const string Name = "wwwroot";

    /// <returns>Null when nothing was built.</returns>
    public static string? Find(ScreenOptions options)
    {
        string[] places = options.Folder is { Length: > 0 } given ? [given]
            : [Path.Combine(AppContext.BaseDirectory, Name), Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../..", Name))];
        return places.FirstOrDefault(place => File.Exists(Path.Combine(place, "index.html")));
    }
}
