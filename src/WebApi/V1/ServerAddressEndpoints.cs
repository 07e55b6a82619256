using System.Security.Cryptography;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Tls;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>The authority that signs the server's certificate, for phones to install from /ca.crt.</summary>
/// <param name="Sha256">As a phone shows it.</param>
internal sealed record TlsRootAnswer(string Sha256, DateTimeOffset NotAfter);

/// <summary>Where phones find the server's pages.</summary>
/// <param name="Addresses">The best first.</param>
/// <param name="QrSvg">The first as a QR code.</param>
/// <param name="Root">Null where the certificate is not of the server's own authority.</param>
internal sealed record ServerAddressAnswer(IReadOnlyList<string> Addresses, string QrSvg, TlsRootAnswer? Root);

/// <summary>GET /api/v1/server/address.</summary>
internal static class ServerAddressEndpoints
{
    private const string Example =
        """{"addresses":["https://192.168.1.20:8443"],"qr_svg":"<svg xmlns=\"http://www.w3.org/2000/svg\"/>","root":{"sha256":"9F86D081884C7D65","not_after":"2036-01-05T00:00:00+00:00"}}""";

    public static void MapServerAddress(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/server/address", Get).NeedsAnyCaller()
            .Describe("GetServerAddress", ApiGroup.Server, "Where phones find the server",
                "The addresses on the network that it listens on; where it listens on none, behind a proxy, the one that was called.")
            .Answers<ServerAddressAnswer>(200, "The addresses", Example).AnswersUsualProblems();

    private static Ok<ServerAddressAnswer> Get(HttpContext http, ServerAddresses addresses, ServerIdentity identity)
    {
        var (all, request) = (addresses.Read(), http.Request);
        if (all.Count == 0) all = [$"{request.Scheme}://{request.Host}"];
        using var code = new QrPicture(all[0]);
        return TypedResults.Ok(new ServerAddressAnswer(all, code.ToSvg(), identity.Root is { } root
            ? new(root.GetCertHashString(HashAlgorithmName.SHA256), new DateTimeOffset(root.NotAfter).ToUniversalTime())
            : null));
    }
}
