using System.Net.Sockets;
using System.Text.RegularExpressions;
using FaceAttendance.Application;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Imaging.Native;
using FaceAttendance.WebApi.Operations;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi;

/// <summary>Runs the server and turns a start that cannot succeed into one plain message on stderr and exit code 1.</summary>
internal static partial class StartUp
{
    /// <param name="prepare">Reads what was asked for and answers what is to be done.</param>
    public static async Task<int> RunAsync(Func<Func<Task>> prepare)
    {
        try
        {
            await prepare()();
            return 0;
        }
        catch (Exception e)
        {
            // What was not foreseen keeps its stack: it is a bug report.
            await Console.Error.WriteLineAsync(Explain(e) is { } message
                ? $"FaceAttendance cannot start. {message}"
                : $"FaceAttendance stopped on an unforeseen error; please report it.{Environment.NewLine}{e}");
            return 1;
        }
    }

    /// <returns>What is wrong and the remedy, or null for an exception that was not foreseen.</returns>
    internal static string? Explain(Exception exception) => exception switch
    {
        StartupException or NativeLibraryMissingException or DatabaseStartupException => exception.Message,
        OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        IOException { InnerException: AddressInUseException } or AddressInUseException => InUse(AddressOf(exception)),
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            "The port may not be opened by this user (ports below 1024 are the administrator's). Listen elsewhere, such as --urls " +
            "http://127.0.0.1:8000.",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"This machine has no such address to listen on. Listen on one that it has, such as {Listening.DefaultAddress}.",
        TypeInitializationException or AggregateException when exception.InnerException is { } inner => Explain(inner),
        _ when DatabaseFailures.IsUnavailable(exception) =>
            $"The database does not answer. Check that PostgreSQL runs and that {ContractVariables.ConnectionString} names it.",
        _ => null,
    };

    /// <param name="where">Such as "Port 8000 (http://127.0.0.1:8000)".</param>
    internal static string InUse(string where) =>
        $"{where} is in use by another program. Stop that program, or listen elsewhere, such as --urls http://127.0.0.1:8001.";

    private static string AddressOf(Exception bindFailure) => AddressInMessage().Match(bindFailure.Message) is { Success: true } found
        ? $"Port {found.Groups["port"].Value} ({found.Value})"
        : "The port";

    // Kestrel says "Failed to bind to address http://127.0.0.1:8000: address already in use." and has the address nowhere else.
    [GeneratedRegex(@"https?://[^\s]+:(?<port>\d+)")]
    private static partial Regex AddressInMessage();
}
