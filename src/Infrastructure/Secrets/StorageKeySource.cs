using FaceAttendance.Application;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Secrets;

/// <summary>Finds the storage keys: in the configuration, in a file, or, in Development, in a file that it makes when they are first
/// needed.</summary>
internal sealed partial class StorageKeySource(
    IOptions<StorageKeyOptions> options, IHostEnvironment environment, ILogger<StorageKeySource> log)
{
    private const string HowToMake =
        "Make one: (umask 077; echo \"k1:$(openssl rand -base64 32)\" > server-keys), keep a copy apart from the database's backups, " +
        "and set SERVER_KEY_FILE to the file.";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="StartupException">There are none, or they cannot be read.</exception>
    public StorageKeys Find()
    {
        if (options.Value.Keys is { Length: > 0 } given)
        {
            return StorageKeys.TryParse(given, out var keys) ? keys
                : throw new StartupException($"SERVER_KEYS does not parse (not shown). {Expected("it")}");
        }
        if (FileInUse() is { } file) return Read(file);
        if (!environment.IsDevelopment())
        {
            throw new StartupException(
                $"There is no key to encrypt face templates and the server's secrets with: neither SERVER_KEY_FILE nor SERVER_KEYS is " +
                $"set. {HowToMake}");
        }
        return StorageKeys.MadeOnDemand(() => Make(InDataFolder("server-keys")));
    }

    /// <summary>Reads them as <see cref="Find"/> does, and makes none.</summary>
    /// <exception cref="StartupException">There are none, or they cannot be read.</exception>
    public Finding Examine()
    {
        var keys = Find();
        if (keys.IsUnmade) return Finding.Ok("keys", "There is no key file yet; the server makes one when it first needs it.");
        if (options.Value.Keys is { Length: > 0 } || FileInUse() is not { } file)
            return Finding.Ok("keys", $"The key '{keys.CurrentId}' of SERVER_KEYS encrypts.");
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(file) is var mode && (mode & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0)
        {
            return Finding.Warning(
                "keys", $"The key file {file} is open to other users (0{Convert.ToString((int)mode, 8)}). Run: chmod 600 {file}");
        }
        return Finding.Ok("keys", $"The key '{keys.CurrentId}' of {file} encrypts.");
    }

    private string? FileInUse()
    {
        if (options.Value.File is { Length: > 0 } given) return given;
        // The second is how versions before called it.
        return environment.IsDevelopment() ? new[] { InDataFolder("server-keys"), InDataFolder("template-keys") }
            .FirstOrDefault(File.Exists) : null;
    }

    private string InDataFolder(string name) => Path.Combine(environment.ContentRootPath, ".data", name);

    private static string Expected(string subject) =>
        $"{char.ToUpperInvariant(subject[0])}{subject[1..]} must hold pairs of id:key with different ids, each key the base64 of 32 " +
        "bytes; the first one encrypts.";

    private static StorageKeys Read(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"The key file {file} cannot be read: {e.Message} Put it back from its copy, or correct SERVER_KEY_FILE. For a first " +
                $"start: {HowToMake}", e);
        }
        return StorageKeys.TryParse(text, out var keys) ? keys
            : throw new StartupException($"The key file {file} does not parse. {Expected("it")}");
    }

    private StorageKeys Make(string file)
    {
        var unfinished = $"{file}.{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) create.UnixCreateMode = OwnerOnly;
            using (var stream = new FileStream(unfinished, create))
            using (var writer = new StreamWriter(stream))
            {
                writer.WriteLine(
                    "# Face templates and the server's secrets are encrypted with this key. Without it they are lost: keep a copy apart " +
                    "from the database's backups.");
                writer.WriteLine(StorageKeys.NewLine());
            }
            // Of several processes that start at once, the first one's file stands.
            File.Move(unfinished, file, overwrite: false);
            Log.Made(log, file);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(unfinished);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"No key file could be made at {file}: {e.Message} Set SERVER_KEY_FILE or SERVER_KEYS. {HowToMake}", e);
        }
        return Read(file);
    }

    private static partial class Log
    {
        [LoggerMessage(1700, LogLevel.Warning,
            "Made the key that face templates and the server's secrets are encrypted with: {File}. Without it they are lost; keep a " +
            "copy apart from the database's backups.")]
        public static partial void Made(ILogger log, string file);
    }
}
