using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>On what terms a photo is sent.</summary>
/// <param name="Central">Of several people, take the one in the middle.</param>
internal sealed record PhotoTerms(bool Central, IReadOnlyList<PhotoOverride> Overrides)
{
    public string Reason => string.Join("; ", Overrides.Select(o => o.Reason).Distinct());

    public bool SetsAside(string refusal) => Overrides.Any(o => o.Refusal == refusal);

    /// <summary>Sends a photo, and again with an override each time that it is refused for what one sets aside: none is used that is not
    /// needed.</summary>
    /// <param name="overrides">Of this photo.</param>
    /// <returns>The last answer, and the terms that it was given on.</returns>
    /// <exception cref="NoAnswerException">No answer came.</exception>
    public static async Task<(ServerAnswer Answer, PhotoTerms Terms)> SendAsync(
        bool central, IReadOnlyList<PhotoOverride> overrides, Func<PhotoTerms, CancellationToken, Task<ServerAnswer>> send,
        CancellationToken ct)
    {
        var terms = new PhotoTerms(central, []);
        while (true)
        {
            var on = terms;
            var answer = await Patience.WhileBusyOrBrokenAsync(c => send(on, c), ct);
            var code = answer.Refusal().Code;
            if (overrides.FirstOrDefault(o => !on.Overrides.Contains(o)
                && code.EndsWith(o.Refusal, StringComparison.Ordinal)) is not { } needed) return (answer, on);
            needed.Need();
            terms = on with { Overrides = [.. on.Overrides, needed] };
        }
    }
}
