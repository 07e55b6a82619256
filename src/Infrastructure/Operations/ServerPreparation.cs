using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Enrollment;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Privacy;
using FaceAttendance.Infrastructure.Schools;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Hosting;

namespace FaceAttendance.Infrastructure.Operations;

/// <summary>
/// Waits for the database, migrates it, checks the keys and loads the galleries. It does so in the host's first phase, before any service
/// of the second
/// (the web server, the dispatcher) starts: whoever can reach the server finds it ready.
/// </summary>
internal sealed class ServerPreparation(
    DatabasePreparation preparation, StorageKeyRegister keys, TemplateKeyRotator templates, ServerSecrets secrets, EarlierSecrets earlier,
    WebhookSecrets webhooks, ErasureReplay erasures, InMemoryGallery gallery, SchoolCalendars calendars) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await preparation.RunAsync(cancellationToken);
        await keys.CheckAsync(cancellationToken);
        await templates.SealPlainRowsAsync(cancellationToken);
        await secrets.PrepareAsync(cancellationToken);
        await earlier.TakeOverAsync(cancellationToken);
        // Made at the first start, so that the receiver's operator can be told it before the first event.
        await webhooks.KeyOfAsync(OperatorsEndpoint.School, cancellationToken);
        await erasures.RunAsync(cancellationToken);
        await calendars.LoadAsync(cancellationToken);
        await gallery.LoadAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
