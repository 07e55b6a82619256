using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Enrollment;

/// <summary>Re-encrypts a bounded number of rows; to be repeated until none remains.</summary>
public sealed record RotateTemplateKey(SchoolId School) : IRequest<Result<TemplateKeyRotation>>;

public sealed record TemplateKeyRotation(int Rotated, TemplateKeyState State);

internal sealed class RotateTemplateKeyHandler(ITemplateKeys keys) : IRequestHandler<RotateTemplateKey, Result<TemplateKeyRotation>>
{
    // A few seconds' work: a caller sees progress, and none runs into a proxy's time limit.
    private const int RowsPerRequest = 10_000;

    public async Task<Result<TemplateKeyRotation>> Handle(RotateTemplateKey command, CancellationToken ct)
    {
        var rotated = await keys.RotateAsync(command.School, RowsPerRequest, ct);
        return new TemplateKeyRotation(rotated, await keys.GetAsync(command.School, ct));
    }
}
