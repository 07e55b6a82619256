using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>
/// The database as its owner sees it, who changes the schema at a start and does nothing afterwards. Where no owner is named, the server's
/// own role is the owner.
/// </summary>
internal sealed class OwnerDatabase(NpgsqlDataSource database, IOptions<DatabaseOptions> options) : IAsyncDisposable
{
    // Unpooled: nobody keeps the owner's connection while the server serves.
    private readonly NpgsqlDataSource? _own = options.Value.OwnerConnectionString is { Length: > 0 } owner
        ? NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(owner) { Pooling = false, ApplicationName = "faceattendance-owner" })
        : null;

    public NpgsqlDataSource Source => _own ?? database;

    /// <summary>Whether the server works as a role of its own.</summary>
    public bool IsSeparate => _own is not null;

    public ValueTask DisposeAsync() => _own?.DisposeAsync() ?? ValueTask.CompletedTask;
}
