namespace FaceAttendance.WebApi.Screens;

/// <summary>What the server's own pages are told. Section: <c>Screens</c>.</summary>
internal sealed class ScreenOptions
{
    private static readonly string[] Parts = ["{z}", "{x}", "{y}"];

    /// <summary>MAP_TILES_URL: where pages get the tiles of a map, with {z}, {x} and {y}, and perhaps {s} as the host's first label. Null
    /// for a plain background, and no request to anybody else.</summary>
    public string? MapTiles { get; set; }

    /// <summary>Where the built pages lie; null for their usual places.</summary>
    public string? Folder { get; set; }

    /// <summary>The origin of the tiles as a Content-Security-Policy names it; null without any.</summary>
    public string? MapTilesOrigin => MapTiles is null ? null : OriginOf(MapTiles);

    /// <returns>Null for a text that is no address of tiles.</returns>
    public static string? OriginOf(string tiles)
    {
        if (!Parts.All(part => tiles.Contains(part, StringComparison.Ordinal))) return null;
        const string servers = "://{s}.";
        var isSpread = tiles.Contains(servers, StringComparison.Ordinal);
        // No host has a label of that kind, so that it is found again.
        return Uri.TryCreate(tiles.Replace(servers, "://any-server.", StringComparison.Ordinal), UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp) && address.UserInfo.Length == 0
            && address.Host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')
            ? address.GetLeftPart(UriPartial.Authority).Replace("any-server.", isSpread ? "*." : "any-server.", StringComparison.Ordinal)
            : null;
    }
}
