using System.Globalization;
using FaceAttendance.Application;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.Infrastructure.Operations;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Requests;
using FaceAttendance.WebApi.Screens;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// The settings under the flat names that operators know from the contract, put where the capabilities' options look for them. An empty
/// value counts as not given. All values that do not parse are reported at once, and none is ever replaced silently.
/// </summary>
internal static class ContractVariables
{
    /// <summary>How the connection string is called in the environment; configuration spells the two underscores as a colon.</summary>
    public const string ConnectionString = "ConnectionStrings__Default";

    /// <summary>Where an administrator's key may stand that the server takes from its first start on.</summary>
    public const string AdminKeyFile = "FACE_ADMIN_KEY_FILE";

    private const string AdminKeySetting = "Access:AdminKey";

    public const string ConnectionStringSetting = "Persistence:ConnectionString";

    private static readonly double LongestSeconds = TimeSpan.FromDays(1).TotalSeconds;

    /// <summary>Every variable, in the order of .env.example.</summary>
    internal static readonly IReadOnlyList<Variable> All =
    [
        new("ATTENDANCE_WEBHOOK_URL", "Webhook:Url", HttpAddress, "an absolute http:// or https:// address", IsSecret: true),
        new("ATTENDANCE_WEBHOOK_EVENTS", "Webhook:Events", v => EventTypes.FirstUnknown(v) is null ? v : null, EventTypes.ListRule,
            WrongPart: EventTypes.FirstUnknown),
        new("ATTENDANCE_API_KEY", "Webhook:ApiKey", HeaderToken, "printable ASCII characters without spaces", IsSecret: true),
        new("ATTENDANCE_WEBHOOK_SECRET", "Webhook:Secret", WebhookSecret, "whsec_ followed by the base64 of 24 to 64 random bytes",
            IsSecret: true),
        new("WEBHOOK_ALLOW_PRIVATE", "Webhook:AllowPrivate", Flag, FlagWords),
        new("WEBHOOK_ALLOW_NETWORKS", "Webhook:AllowNetworks", Networks, "networks separated by commas, such as 10.1.0.0/16, fd00:1::/32"),
        new("CAMERA_PATHS", "Cameras:Paths", Paths, "absolute paths of devices, video files and folders, separated by commas"),
        new("CAMERA_ALLOW_NETWORKS", "Cameras:AllowNetworks", Networks, "networks separated by commas, such as 127.0.0.0/8"),
        Seconds<AttendanceOptions>("EVENT_COOLDOWN_SECONDS", "Attendance:Cooldown"),
        new("ATTENDANCE_LOCAL_ENABLED", "Attendance:RecordLocally", Flag, FlagWords),
        new("ATTENDANCE_LOCAL_DEDUP_SECONDS", "Attendance:Dedup", v => Seconds(v, new(double.MinValue, LongestSeconds)),
            $"a number of seconds up to {LongestSeconds}; 0 or less counts once per day"),
        new("SCHOOL_TIME_ZONE", "Attendance:TimeZone", TimeZone, "the IANA name of a time zone, such as Asia/Jakarta"),
        new("MAP_TILES_URL", "Screens:MapTiles", v => ScreenOptions.OriginOf(v) is null ? null : v,
            "an http:// or https:// address with {z}, {x} and {y}, such as https://tiles.example/{z}/{x}/{y}.png"),
        Share<RecognitionOptions>("FACE_STRANGER_RATE", "Recognition:StrangerRate", "a share of strangers from {0} to {1}"),
        Share<RecognitionOptions>("FACE_TOLERANCE", "Recognition:Tolerance",
            "a distance from {0} (identical) to {1} (opposite), where 0.45 is the model's own calibration"),
        new("FACE_PROFILE", "Inference:Profile", Text, "the name of a profile in onnx-models/manifest.json"),
        new("FACE_MODELS_DIR", "Inference:ModelsDirectory", Folder, "an existing folder"),
        new("FACE_ACCEPT_NONCOMMERCIAL", "Inference:AcceptNonCommercial", Flag, FlagWords),
        Whole<InferenceOptions>("FACE_WORKERS", "Inference:Workers", "a whole number from {0} (one for each core) to {1}"),
        Whole<InferenceOptions>("FACE_QUEUE_LENGTH", "Inference:QueueLength"),
        Whole<InferenceOptions>("FACE_MIN_PIXELS", "Inference:MinFacePixels"),
        Whole<GalleryOptions>("GALLERY_MEMORY_MB", "Gallery:MemoryMb", "a whole number of megabytes from {0} to {1}"),
        new("LIVENESS_CHALLENGES", "Liveness:Challenges", Text,
            "action names separated by commas: blink, mouth_open, nod, turn_left, turn_right"),
        Whole<LivenessOptions>("LIVENESS_STEPS", "Liveness:Steps"),
        Seconds<LivenessOptions>("LIVENESS_SECONDS", "Liveness:Duration"),
        Whole<LivenessOptions>("LIVENESS_ATTEMPTS", "Liveness:Attempts"),
        Whole<LivenessOptions>(
            "LIVENESS_MEMORY_DAYS", "Liveness:MemoryDays", "a whole number of days from {0} to {1}; 0 remembers nothing"),
        new("LIVENESS_OPEN", "Liveness:Open", Flag, FlagWords),
        new("LIVENESS_PAD", "Liveness:Pad", PadPolicy, "when_available or required"),
        new("LOG_FORMAT", "Log:Format", LogFormat, "text or json"),
        Seconds<DrainingOptions>("DRAIN_SECONDS", "Shutdown:Drain"),
        new("REDIS_URL", "Broadcast:Redis", v => BroadcastOptions.IsAddress(v) ? v : null,
            "an address such as redis://:password@10.0.0.5:6379, or rediss:// for TLS", IsSecret: true),
        new("METRICS_OPEN", "Metrics:Open", Flag, FlagWords),
        new("CONSENT_REQUIRED", "Privacy:ConsentRequired", Flag, FlagWords),
        Whole<PrivacyOptions>("RETENTION_ATTENDANCE_DAYS", "Privacy:AttendanceDays", Days),
        Whole<PrivacyOptions>("RETENTION_EVENT_DAYS", "Privacy:EventDays", Days),
        Whole<PrivacyOptions>(
            "RETENTION_SIGHTING_DAYS", "Privacy:SightingDays", "a whole number of days from {0} to {1}; 0 keeps no face of a sighting"),
        Whole<PrivacyOptions>("RETENTION_NEGATIVE_DAYS", "Privacy:NegativeDays", Days),
        new("ERASURES_FILE", "Privacy:ErasuresFile", Text, "a file outside the database"),
        Whole<PrivacyOptions>("RETENTION_RECEIPT_DAYS", "Privacy:ReceiptDays", Days),
        new("BACKUP_FOLDER", "Backups:Folder", Folder, "an existing folder"),
        Whole<BackupOptions>("BACKUP_HOURS", "Backups:MaxAge", unit: TimeSpan.FromHours(1)),
        // As versions before called them; where both are given, today's name counts.
        new("TEMPLATE_KEY_FILE", "StorageKeys:File", Text, "a file of id:key lines"),
        new("TEMPLATE_KEYS", "StorageKeys:Keys", Text, "id:key pairs separated by commas", IsSecret: true),
        new("SERVER_KEY_FILE", "StorageKeys:File", Text, "a file of id:key lines"),
        new("SERVER_KEYS", "StorageKeys:Keys", Text, "id:key pairs separated by commas", IsSecret: true),
        Whole<AccountOptions>("ACCESS_TOKEN_MINUTES", "Accounts:AccessTokenLifetime", unit: TimeSpan.FromMinutes(1)),
        Whole<AccountOptions>("REFRESH_TOKEN_DAYS", "Accounts:RefreshTokenLifetime", unit: TimeSpan.FromDays(1)),
        Whole<AccountOptions>("LOG_IN_DAYS", "Accounts:LongestLogIn", unit: TimeSpan.FromDays(1)),
        Whole<AccountOptions>("PASSWORD_MIN_LENGTH", "Accounts:MinPasswordLength"),
        new("FACE_ADMIN_KEY", AdminKeySetting, AdminKey, "fa_ followed by 32 or more printable characters", IsSecret: true),
        new(AdminKeyFile, AdminKeySetting, KeyInFile, "a readable file that holds fa_ followed by 32 or more printable characters"),
        Whole<AccessOptions>("RATE_LIMIT_PER_SECOND", "Access:RequestsPerSecond"),
        Whole<AccessOptions>("RATE_LIMIT_BURST", "Access:RequestBurst"),
        Whole<AccessOptions>("LIVE_CONNECTIONS_PER_CALLER", "Access:LiveConnectionsPerCaller"),
        Whole<AccessOptions>("LIVE_CONNECTIONS", "Access:LiveConnections"),
        Seconds<UploadOptions>("UPLOAD_IDLE_SECONDS", "Uploads:Idle"),
        Whole<UploadOptions>("UPLOAD_MEMORY_MIB", "Uploads:MemoryMib", "a whole number of mebibytes from {0} to {1}"),
        new("TRUSTED_PROXIES", "Access:TrustedProxies", v => AddressList.Parse(v) is null ? null : v,
            "addresses or networks separated by commas, such as 10.0.0.1"),
        new("TLS_CERTIFICATE_FILE", "Tls:CertificateFile", v => File.Exists(v) ? v : null, "an existing PEM file with a certificate"),
        new("TLS_KEY_FILE", "Tls:KeyFile", v => File.Exists(v) ? v : null, "an existing PEM file with the certificate's key"),
        new("CORS_ORIGINS", "Access:CorsOrigins", v => Origins.Parse(v) is null ? null : v,
            "origins separated by commas, such as https://school.example"),
        new(Telemetry.EndpointVariable, Telemetry.EndpointSetting, HttpAddress, "an absolute http:// or https:// address", IsSecret: true),
        new(ConnectionString, ConnectionStringSetting, Text, "an Npgsql connection string", IsSecret: true),
        new("ConnectionStrings__Owner", "Persistence:OwnerConnectionString", Text, "an Npgsql connection string", IsSecret: true),
    ];

    private const string Days = "a whole number of days from {0} (kept) to {1}";

    private const string FlagWords = "true or false (also 1/0, yes/no, on/off)";

    /// <exception cref="StartupException">One or more values do not parse, or the database is not named at all.</exception>
    public static void AddContractVariables(this ConfigurationManager configuration)
    {
        var wrong = Complaints(configuration);
        if (wrong.Count > 0) throw new StartupException(string.Join(Environment.NewLine, wrong.Select(w => w.Complaint)));
        var settings = new Dictionary<string, string?>();
        // Of two names of one setting, today's is the later.
        foreach (var (variable, value) in Given(configuration)) settings[variable.Setting] = variable.Parse(value);
        configuration.AddInMemoryCollection(settings);
    }

    /// <summary>The variables that do not parse, and the database's where it is not named at all.</summary>
    public static IReadOnlyList<(string Name, string Complaint)> Complaints(IConfiguration configuration)
    {
        var wrong = Given(configuration).Where(g => g.Variable.Parse(g.Value) is null)
            .Select(g => (g.Variable.Name, g.Variable.Complaint(g.Value))).ToList();
        if (Given(configuration).All(g => g.Variable.Setting != ConnectionStringSetting)
            && string.IsNullOrWhiteSpace(configuration[ConnectionStringSetting]))
        {
            wrong.Add((
                ConnectionString,
                $"{ConnectionString} is not set. Give an Npgsql connection string to a PostgreSQL database with PostGIS; ./run.sh " +
                "makes a database of its own and sets it."));
        }
        return wrong;
    }

    /// <summary>What a person may write for yes and no; null for anything else.</summary>
    internal static bool? ParseFlag(string value) => value.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "on" => true,
        "false" or "0" or "no" or "off" => false,
        _ => null,
    };

    private static IEnumerable<(Variable Variable, string Value)> Given(IConfiguration configuration) =>
        All.Select(v => (Variable: v, Value: configuration[v.Key]?.Trim() ?? "")).Where(g => g.Value.Length > 0);

    private static string? Text(string value) => value;

    private static string? PadPolicy(string value) => value switch
    {
        "when_available" => "WhenAvailable",
        "required" => "Required",
        _ => null,
    };

    private static string? LogFormat(string value) => value is "text" or "json" ? value : null;

    private static string? Flag(string value) => ParseFlag(value) is { } flag ? (flag ? "true" : "false") : null;

    private static string? Folder(string value) => Directory.Exists(value) ? value : null;

    private static string? TimeZone(string value) => TimeZoneInfo.TryFindSystemTimeZoneById(value, out _) ? value : null;

    private static string? HttpAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? value
            : null;

    private static string? Networks(string value) =>
        value.Split(',')
            .All(n => n.Contains('/', StringComparison.Ordinal) && System.Net.IPNetwork.TryParse(n.Trim(), out _)) ? value : null;

    private static string? Paths(string value) => value.Split(',').All(p => p.Trim().StartsWith('/')) ? value : null;

    private static string? HeaderToken(string value) => value.All(c => c is > ' ' and <= '~') ? value : null;

    private static string? AdminKey(string value) =>
        value.StartsWith(ApiKeySecret.Mark, StringComparison.Ordinal)
            && value.Length >= 32 + ApiKeySecret.Mark.Length ? HeaderToken(value) : null;

    private static string? KeyInFile(string file)
    {
        try
        {
            return AdminKey(File.ReadAllText(file).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Standard Webhooks 1.0.0, "Symmetric signatures": 24 to 64 bytes, base64, prefixed with whsec_.
    private static string? WebhookSecret(string value)
    {
        const string prefix = "whsec_";
        Span<byte> key = stackalloc byte[66];
        return value.StartsWith(prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(value[prefix.Length..], key, out var length) && length is >= 24 and <= 64
                ? value
                : null;
    }

    /// <summary>A whole number within the option's own range, of <paramref name="unit"/>s where the option is a span.</summary>
    private static Variable Whole<TOptions>(string name, string setting, string expected = "a whole number from {0} to {1}",
        TimeSpan? unit = null)
    {
        var range = OptionRange.Of<TOptions>(setting, unit);
        return new(name, setting, Parse, range.In(expected));

        string? Parse(string value) =>
            !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || !range.Holds(number) ? null
            : unit is { } span ? (span * number).ToString("c", CultureInfo.InvariantCulture)
            : number.ToString(CultureInfo.InvariantCulture);
    }

    private static Variable Seconds<TOptions>(string name, string setting)
    {
        var range = OptionRange.Of<TOptions>(setting, TimeSpan.FromSeconds(1));
        return new(name, setting, v => Seconds(v, range), range.In("a number of seconds from {0} to {1}"));
    }

    private static Variable Share<TOptions>(string name, string setting, string expected)
    {
        var range = OptionRange.Of<TOptions>(setting);
        return new(name, setting, Parse, range.In(expected));

        string? Parse(string value) =>
            TryNumber(value, out var number) && range.Holds(number) ? number.ToString("R", CultureInfo.InvariantCulture) : null;
    }

    private static string? Seconds(string value, OptionRange range) =>
        TryNumber(value, out var number) && range.Holds(number)
            ? TimeSpan.FromSeconds(Math.Max(0, number)).ToString("c", CultureInfo.InvariantCulture)
            : null;

    // Digits with a decimal point, no thousands separators and no words: "1,5" and "NaN" are mistakes to be told of.
    private static bool TryNumber(string value, out double number) =>
        double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number)
        && double.IsFinite(number);

    /// <param name="Name">As it stands in the environment.</param>
    /// <param name="Setting">The option it fills.</param>
    /// <param name="Parse">The setting's text, or null when the value does not parse.</param>
    /// <param name="Expected">What a value must be, in words.</param>
    /// <param name="IsSecret">Whether messages keep the value to themselves.</param>
    /// <param name="WrongPart">What of a value that does not parse is wrong, where it is a list.</param>
    internal sealed record Variable(
        string Name, string Setting, Func<string, string?> Parse, string Expected, bool IsSecret = false,
        Func<string, string?>? WrongPart = null)
    {
        public string Key => Name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);

        public string Complaint(string given) => IsSecret
            ? $"{Name} has a value that does not parse (not shown, it may hold a secret); it must be {Expected}."
            : WrongPart?.Invoke(given) is { } part ? $"{Name} names '{part}'; it must be {Expected}."
            : $"{Name} is '{given}'; it must be {Expected}.";
    }
}
