using System.Text;
using System.Threading.Channels;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Tests;

/// <summary>What a finished command said.</summary>
internal sealed record Outcome(int Code, string Output, string Errors)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The command in this process, with an environment of its own.</summary>
internal sealed class CommandRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LineWriter _output = new();
    private readonly LineWriter _errors = new();
    private readonly Task<int> _run;

    private CommandRun(IReadOnlyDictionary<string, string> environment, string[] words) => _run = Task.Run(() =>
        Launcher.RunAsync(words, Screen.Plain(_output, _errors), environment.GetValueOrDefault, _stop.Token));

    public static CommandRun Start(IReadOnlyDictionary<string, string> environment, params string[] words) => new(environment, words);

    public static async Task<Outcome> FinishAsync(IReadOnlyDictionary<string, string> environment, params string[] words)
    {
        await using var run = Start(environment, words);
        return await run.EndAsync();
    }

    /// <returns>The first line from here on that holds the text.</returns>
    public Task<string> OutputLineAsync(string text) => _output.LineAsync(text, _run);

    /// <inheritdoc cref="OutputLineAsync"/>
    public Task<string> ErrorLineAsync(string text) => _errors.LineAsync(text, _run);

    /// <summary>As Ctrl-C does.</summary>
    public void Stop() => _stop.Cancel();

    public async Task<Outcome> EndAsync() => new(await _run.WaitAsync(TimeSpan.FromMinutes(1)), _output.ToString(), _errors.ToString());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
        await _output.DisposeAsync();
        await _errors.DisposeAsync();
    }

    private sealed class LineWriter : TextWriter
    {
        private readonly StringBuilder _all = new();
        private readonly StringBuilder _line = new();
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            _all.Append(value);
            if (value != '\n')
            {
                _line.Append(value);
                return;
            }
            _lines.Writer.TryWrite(_line.ToString());
            _line.Clear();
        }

        public async Task<string> LineAsync(string text, Task run)
        {
            using var tooLong = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (true)
            {
                var next = _lines.Reader.ReadAsync(tooLong.Token).AsTask();
                if (await Task.WhenAny(next, run) == run && !next.IsCompleted)
                    throw new InvalidOperationException($"The command ended without a line that holds '{text}': {_all}");
                var line = await next;
                if (line.Contains(text, StringComparison.Ordinal)) return line;
            }
        }

        public override string ToString() => _all.ToString();
    }
}
