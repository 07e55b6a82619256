using System.Globalization;
using Microsoft.Extensions.Configuration.Memory;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace FaceAttendance.WebApi.Operations;

/// <summary>The console log. Levels are set the usual way, such as <c>Logging__LogLevel__Default=Debug</c>.</summary>
internal static class Logging
{
    // TraceId is the request's id: see RequestIds.
    private const string Line = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {SourceContext} {TraceId} {Message:lj}{NewLine}{Exception}";

    /// <summary>LOG_FORMAT: <c>text</c> or <c>json</c>.</summary>
    private const string Format = "Log:Format";

    public static void AddConsoleLog(this WebApplicationBuilder builder)
    {
        // First of all sources, so that everything else overrides it. Hosting's own lines at Information quote whole URLs, and a query may
        // hold a name.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft"] = "Warning",
                ["Logging:LogLevel:System"] = "Warning",
                ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
                // They write a stack for whatever a caller does wrong; HubManners says it in a line, and keeps the stack of a bug.
                ["Logging:LogLevel:Microsoft.AspNetCore.SignalR.HubConnectionHandler"] = "None",
                ["Logging:LogLevel:Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher"] = "None",
            },
        });
        var isJson = builder.Configuration[Format] is { Length: > 0 } format ? format == "json" : !builder.Environment.IsDevelopment();
        var log = new LoggerConfiguration().Enrich.FromLogContext().Filter.ByExcluding(IsToldByStartUp);
        foreach (var (category, level) in builder.Configuration.GetSection("Logging:LogLevel").Get<Dictionary<string, LogLevel>>()!)
        {
            var least = LevelConvert.ToSerilogLevel(level);
            if (category.Equals("Default", StringComparison.OrdinalIgnoreCase)) log.MinimumLevel.Is(least);
            else log.MinimumLevel.Override(category, least);
        }
        log = isJson ? log.WriteTo.Console(new JsonLines())
            : log.WriteTo.Console(outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture);
        builder.Host.UseSerilog(log.CreateLogger(), dispose: true);
    }

    /// <summary>The host and Kestrel each log a failed start with its stack before it reaches <see cref="StartUp"/>, which says it once and
    /// plainly.</summary>
    private static bool IsToldByStartUp(LogEvent e) => e.MessageTemplate.Text is "Hosting failed to start" or "Unable to start Kestrel.";
}
