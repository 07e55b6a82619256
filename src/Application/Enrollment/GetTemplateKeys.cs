using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Enrollment;

public sealed record GetTemplateKeys(SchoolId School) : IRequest<Result<TemplateKeyState>>;

/// <summary>How much is encrypted with which key: a school's face templates, and the server's own secrets.</summary>
/// <param name="CurrentKey">The one that encrypts.</param>
public sealed record TemplateKeyState(string CurrentKey, IReadOnlyList<TemplateKeyUse> Keys)
{
    /// <summary>What is not yet under the current key.</summary>
    public long Remaining => Keys.Where(k => k.Id != CurrentKey).Sum(k => k.Rows + k.Secrets);
}

internal sealed class GetTemplateKeysHandler(ITemplateKeys keys) : IRequestHandler<GetTemplateKeys, Result<TemplateKeyState>>
{
    public async Task<Result<TemplateKeyState>> Handle(GetTemplateKeys query, CancellationToken ct) =>
        await keys.GetAsync(query.School, ct);
}
