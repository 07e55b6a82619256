using FaceAttendance.Application;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Notices;
using FaceAttendance.Infrastructure;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Contract;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.Live;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Operations;
using FaceAttendance.WebApi.Requests;
using FaceAttendance.WebApi.Screens;
using FaceAttendance.WebApi.Tls;
using FaceAttendance.WebApi.V1;

namespace FaceAttendance.WebApi;

public static class Program
{
    public static Task<int> Main(string[] args) => args.Contains(Doctor.Name) ? Doctor.RunAsync(args) : StartUp.RunAsync(() =>
    {
        // Before the file's variables are the environment's.
        var told = UnknownVariables.CheckEnvironment(Environment.GetEnvironmentVariables());
        var inFile = DotEnv.Load(Directory.GetCurrentDirectory());
        foreach (var line in told.Concat(UnknownVariables.Check(inFile, DotEnv.FileName))) Console.Error.WriteLine(line);
        return OperatorCommands.Find(args) ?? (() => ServeAsync(args));
    });

    /// <summary>The whole server, ready to run; tests run it within their own process. Reads the environment, never <c>.env</c>.</summary>
    /// <param name="args">Settings such as <c>--urls=http://127.0.0.1:0</c>; they win over the environment.</param>
    /// <exception cref="StartupException">It cannot run as it is set up.</exception>
    public static WebApplication Build(string[] args)
    {
        var app = Prepare(args).Build();
        app.UseDraining();
        app.UseRequestIds();
        app.UseAnswerHeaders();
        app.UseTrustedProxies();
        app.UseRequestLog();
        app.UseErrorAnswers();
        app.UseHeadRequests();
        // Open to all, as the page of a product is; what it tries out needs credentials.
        app.UseApiDescription();
        app.UseTlsRoot();
        // Before callers are looked at: some are told on the socket that they are not let in.
        app.UseLiveSockets();
        app.UseCallers();
        app.UseLiveConnections();
        app.UseDryRunChecks();
        app.UseFrameTurns();
        app.UseIncomingBodies();

        app.MapServerState();
        app.MapMetrics();
        app.MapEnrollment();
        app.MapRecognition();
        app.MapStudents();
        app.MapAttendance();
        app.MapMockWebhook();
        app.MapTokens();
        app.MapSessions();
        app.MapSchool();
        app.MapServerAddress();
        app.MapFaces();
        app.MapVerifications();
        app.MapGallery();
        app.MapUserResources();
        app.MapStudentResources();
        app.MapTemplateKeys();
        app.MapRoster();
        app.MapAudit();
        app.MapRecognitionResources();
        app.MapSightings();
        app.MapPrivacy();
        app.MapPresence();
        app.MapSiteResources();
        app.MapCheckIns();
        app.MapClassSessions();
        app.MapRollCall();
        app.MapTimetable();
        app.MapReports();
        app.MapApiKeys();
        app.MapDevices();
        app.MapCameras();
        app.MapAttendanceRecords();
        app.MapWebhooks();
        app.MapNotices();
        app.MapServer();
        app.MapRecognitionSocket();
        app.MapLivenessSocket();
        app.MapRecognitionsHub();
        app.MapLivenessHub();
        app.MapCamerasHub();
        return app;
    }

    /// <summary>All that the server is made of, not yet put together.</summary>
    /// <inheritdoc cref="Build"/>
    internal static WebApplicationBuilder Prepare(string[] args)
    {
        var builder = WebApplication.CreateBuilder(Listening.SettingsOf(args));
        builder.Configuration.AddContractVariables();
        builder.AddConsoleLog();
        builder.AddTelemetry();
        builder.AddListening();
        builder.AddServerTls();
        builder.Services.AddShutdown();

        builder.Services.AddApplication();
        builder.Services.AddOptionsWithValidateOnStart<AttendanceOptions, AttendanceOptionsValidator>().BindConfiguration("Attendance");
        builder.Services.AddInference();
        builder.Services.AddInfrastructure();
        builder.Services.AddCallers();
        builder.Services.AddIncomingBodies();
        builder.Services.AddHostedService<FirstKey>();
        builder.Services.AddOptions<ScreenOptions>().BindConfiguration("Screens");
        builder.Services.AddErrorAnswers();
        V1Json.Add(builder.Services);
        builder.Services.AddLiveHub();
        builder.Services.AddLivenessHub();
        builder.Services.AddCamerasHub();
        builder.Services.AddHubProtocols();
        builder.Services.AddSingleton<IServerCertificate, ServerCertificate>();
        builder.Services.AddSingleton<ServerReport>();
        builder.Services.AddReadiness();
        builder.Services.AddMetricsPage();
        builder.Services.AddApiDescription();
        return builder;
    }

    private static async Task ServeAsync(string[] args)
    {
        await using var app = Build(args);
        await app.RunAsync();
    }
}
