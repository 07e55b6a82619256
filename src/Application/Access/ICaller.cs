namespace FaceAttendance.Application.Access;

/// <summary>On whose behalf the present piece of work is done.</summary>
public interface ICaller
{
    /// <summary>A key's id, an account's number, or the word for this machine's own user, such as <c>key:019a…</c>, <c>user:019a…</c> and
    /// <c>local</c>; <see cref="Server"/> for what the server does of itself. At most 200 characters.</summary>
    string Name { get; }

    public const string Server = "server";
}

/// <summary>Where no callers come in, whatever is done is done by the server itself.</summary>
public sealed class ServerCaller : ICaller
{
    public string Name => ICaller.Server;
}
