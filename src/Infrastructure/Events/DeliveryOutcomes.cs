using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>When an attempt was made and how long it took.</summary>
internal readonly record struct AttemptTiming(DateTimeOffset At, TimeSpan Latency);

/// <summary>Writes down what came of an attempt, with the delivery, its log and its endpoint. Thread-safe.</summary>
internal sealed class DeliveryOutcomes(NpgsqlDataSource database, IOptions<WebhookOptions> options)
{
    // Whatever else happened to the row: the receiver has it.
    private const string SettleSent =
        """
        UPDATE outbox SET status = 'sent', settled_at = clock_timestamp(), leased_until = NULL, last_http_status = $3, last_message = $4
        WHERE school_id = $1 AND id = $2 AND status <> 'sent'
        """;

    // The attempt's number says whether the row is still in this process's hands.
    private const string SettleFailed =
        """
        UPDATE outbox SET next_attempt_at = clock_timestamp() + $6, leased_until = NULL, last_http_status = $3, last_message = $4
        WHERE school_id = $1 AND id = $2 AND status = 'pending' AND attempts = $5
        """;

    private const string SettleDead =
        """
        UPDATE outbox SET status = 'dead', settled_at = clock_timestamp(), leased_until = NULL, last_http_status = $3, last_message = $4
        WHERE school_id = $1 AND id = $2 AND status = 'pending' AND attempts = $5
        """;

    // Nothing for a delivery that went with its student or its endpoint in the meantime.
    private const string WriteAttempt =
        """
        WITH held AS (SELECT school_id, id FROM outbox WHERE school_id = $1 AND id = $2 FOR KEY SHARE)
        INSERT INTO delivery_attempts (school_id, delivery_id, number, at, latency_ms, http_status, message)
        SELECT school_id, id, $3, $4, $5, $6, $7 FROM held ON CONFLICT (school_id, delivery_id, number) DO NOTHING
        """;

    private const string EndpointWorks =
        "UPDATE webhook_endpoints SET failing_since = NULL WHERE school_id = $1 AND id = $2 AND failing_since IS NOT NULL";

    private const string IsOver = "COALESCE(failing_since < clock_timestamp() - $5, false)";

    // Touches the row only when there is something to note. A receiver that is gone, or has accepted nothing for too long, is disabled.
    private const string EndpointFails =
        $"""
        UPDATE webhook_endpoints SET
            failing_since = COALESCE(failing_since, clock_timestamp()),
            paused_until = CASE WHEN $4::interval IS NULL THEN paused_until ELSE GREATEST(paused_until, clock_timestamp() + $4) END,
            enabled = NOT ($3 OR {IsOver}),
            disabled_reason = CASE WHEN $3 THEN 'gone' WHEN {IsOver} THEN 'failing' END,
            disabled_at = CASE WHEN $3 OR {IsOver} THEN clock_timestamp() END
        WHERE school_id = $1 AND id = $2 AND enabled AND (failing_since IS NULL OR {IsOver} OR $3 OR $4::interval IS NOT NULL)
        RETURNING disabled_reason
        """;

    public async Task SettleSentAsync(OutboxDelivery sent, DeliveryAttempt attempt, AttemptTiming timing)
    {
        await using var settle = database.CreateBatch();
        settle.BatchCommands.Add(SettlementOf(SettleSent, sent, attempt));
        settle.BatchCommands.Add(AttemptOf(sent, attempt, timing));
        if (sent.Target is not null)
            settle.BatchCommands.Add(
                new(EndpointWorks) { Parameters = { new() { Value = sent.School.Value }, new() { Value = sent.Endpoint.Value } } });
        await settle.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <param name="pause">Until the next attempt; null when there is none.</param>
    /// <returns>Why this attempt made the endpoint disabled; null when it did not.</returns>
    public async Task<string?> SettleFailedAsync(OutboxDelivery failed, DeliveryAttempt attempt, AttemptTiming timing, TimeSpan? pause)
    {
        await using var settle = database.CreateBatch();
        settle.BatchCommands.Add(pause is { } p
            ? SettlementOf(SettleFailed, failed, attempt, new() { Value = failed.Attempt }, new() { Value = p })
            : SettlementOf(SettleDead, failed, attempt, new NpgsqlParameter { Value = failed.Attempt }));
        settle.BatchCommands.Add(AttemptOf(failed, attempt, timing));
        if (failed.Target is not null)
        {
            settle.BatchCommands.Add(new(EndpointFails)
            {
                Parameters =
                {
                    new() { Value = failed.School.Value }, new() { Value = failed.Endpoint.Value }, new() { Value = attempt.IsGone },
                    new()
                    {
                        Value = (object?)RetrySchedule.Bounded(attempt.RetryAfter) ?? DBNull.Value,
                        NpgsqlDbType = NpgsqlDbType.Interval,
                    },
                    new() { Value = options.Value.DisableAfter },
                },
            });
        }
        await using var reader = await settle.ExecuteReaderAsync(CancellationToken.None);
        return await reader.ReadAsync() && !reader.IsDBNull(0) ? reader.GetString(0) : null;
    }

    private static NpgsqlBatchCommand SettlementOf(
        string sql, OutboxDelivery settled, DeliveryAttempt attempt, params NpgsqlParameter[] more)
    {
        var command = new NpgsqlBatchCommand(sql)
        {
            Parameters =
            {
                new() { Value = settled.School.Value }, new() { Value = settled.Id }, IntegerOrNull(attempt.HttpStatus),
                new() { Value = attempt.Message },
            },
        };
        foreach (var parameter in more) command.Parameters.Add(parameter);
        return command;
    }

    private static NpgsqlBatchCommand AttemptOf(OutboxDelivery settled, DeliveryAttempt attempt, AttemptTiming timing) => new(WriteAttempt)
    {
        Parameters =
        {
            new() { Value = settled.School.Value }, new() { Value = settled.Id }, new() { Value = settled.Attempt },
            new() { Value = timing.At.ToUniversalTime() },
            new() { Value = (int)timing.Latency.TotalMilliseconds }, IntegerOrNull(attempt.HttpStatus), new() { Value = attempt.Message },
        },
    };

    private static NpgsqlParameter IntegerOrNull(int? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };
}
