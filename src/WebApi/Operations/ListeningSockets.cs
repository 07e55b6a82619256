using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// The sockets that the server listens on. One that is simply closed loses whoever the kernel let in and the server did not yet: they are
/// cut off after they sent their request, and a proxy may not send it again elsewhere. Thread-safe.
/// </summary>
internal sealed partial class ListeningSockets(ILogger<ListeningSockets> log)
{
    // asm-generic/socket.h; the same on x64 and arm64.
    private const int SolSocket = 1;
    private const int SoAttachFilter = 26;

    // Classic BPF (linux/filter.h) over a TCP segment, header first: one with SYN and without ACK, which asks for a connection, is dropped.
    // What belongs to connections that are there or half made passes.
    private static readonly Instruction[] WithoutNewOnes =
    [
        new(0x30, 0, 0, 13), // A = the byte of the flags
        new(0x54, 0, 0, 0x12), // A &= SYN | ACK
        new(0x15, 0, 1, 0x02), // only SYN?
        new(0x06, 0, 0, 0), // yes: nothing of it
        new(0x06, 0, 0, uint.MaxValue), // no: all of it
    ];

    private readonly ConcurrentBag<Socket> _sockets = [];

    public Socket Bind(EndPoint address)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        _sockets.Add(socket);
        return socket;
    }

    /// <summary>From now on the ports are silent to whoever comes, and serve those who came before. On Linux; elsewhere nothing
    /// happens.</summary>
    public void LetNobodyIn()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return;
        var program = GCHandle.Alloc(WithoutNewOnes, GCHandleType.Pinned);
        try
        {
            // struct sock_fprog: the number of instructions, and where they stand. The kernel takes a copy.
            Span<byte> option = stackalloc byte[16];
            option.Clear();
            MemoryMarshal.Write(option, (ushort)WithoutNewOnes.Length);
            MemoryMarshal.Write(option[8..], program.AddrOfPinnedObject());
            foreach (var socket in _sockets)
            {
                try
                {
                    if (socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
                        socket.SetRawSocketOption(SolSocket, SoAttachFilter, option);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    Log.StillOpen(log, e.Message);
                }
            }
        }
        finally
        {
            program.Free();
        }
    }

    /// <summary>struct sock_filter: what to do, where to go on if so and if not, and a value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    private static partial class Log
    {
        [LoggerMessage(1807, LogLevel.Warning,
            "A port could not be closed to new connections before the server stops ({Reason}): one that comes at that moment may be lost.")]
        public static partial void StillOpen(ILogger log, string reason);
    }
}

internal static class ListeningSocketsServices
{
    public static void AddListeningSockets(this IServiceCollection services)
    {
        services.AddSingleton<ListeningSockets>();
        services.AddOptions<SocketTransportOptions>()
            .Configure<ListeningSockets>((transport, sockets) => transport.CreateBoundListenSocket = sockets.Bind);
    }
}
