using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>
/// What only whoever runs the server may do, from its own command line: no credential reaches beyond one school, so that none can do this
/// over the network.
/// </summary>
public sealed class OperatorAccess
{
    private const string Creator = "server";

    private readonly ApiKeyStore _keys;
    private readonly DatabasePreparation _preparation;
    private readonly TimeProvider _clock;

    internal OperatorAccess(ApiKeyStore keys, DatabasePreparation preparation, TimeProvider clock) =>
        (_keys, _preparation, _clock) = (keys, preparation, clock);

    /// <summary>Whether there are credentials that would let anybody in.</summary>
    public Task<bool> AnybodyMayCallAsync(CancellationToken ct) => _keys.AnyCredentialsAsync(ct);

    /// <returns>The first school's first key, for the one process and the one start that it is made in; otherwise null.</returns>
    public async Task<ApiKeySecret?> TryIssueFirstKeyAsync(CancellationToken ct)
    {
        var (key, secret) = NewAdministrator(SchoolId.First, "First key");
        return await _keys.TryAddFirstAsync(SchoolId.First, key, secret.Sha256, ct) ? secret : null;
    }

    /// <summary>A further administrator's key for the first school, without a running server.</summary>
    public async Task<ApiKeySecret> IssueKeyAsync(CancellationToken ct)
    {
        await _preparation.RunAsync(ct);
        var (key, secret) = NewAdministrator(SchoolId.First, "Issued on the server");
        // The first start has nothing to print then.
        if (!await _keys.TryAddFirstAsync(SchoolId.First, key, secret.Sha256, ct))
            await _keys.AddAsync(SchoolId.First, key, secret.Sha256, ct);
        return secret;
    }

    /// <summary>Makes a school, and its administrator's key.</summary>
    /// <returns>The key, and the code that users of the school log in with, behind their name and an @.</returns>
    public async Task<(ApiKeySecret Key, string Code)> AddSchoolAsync(string name, CancellationToken ct)
    {
        await _preparation.RunAsync(ct);
        var (key, secret) = NewAdministrator(new(Guid.CreateVersion7()), "First key");
        return (secret, await _keys.AddSchoolAsync(secret.School, name, key, secret.Sha256, ct));
    }

    private (ApiKey Key, ApiKeySecret Secret) NewAdministrator(SchoolId school, string name)
    {
        var secret = ApiKeySecret.New(school, ApiKeyId.New());
        return (new(secret.Id, name, [Scopes.Admin], Device: null, Creator, _clock.GetUtcNow(), ExpiresAt: null), secret);
    }
}
