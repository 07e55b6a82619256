using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Notices;

/// <param name="OnlyOpen">Those whose cause lasts and that nobody has acknowledged.</param>
public sealed record ListNotices(SchoolId School, bool OnlyOpen, int Limit, int Offset) : IRequest<Result<NoticePage>>;

public sealed record NoticePage(IReadOnlyList<Notice> Items, int Total);

internal sealed class ListNoticesHandler(INotices notices) : IRequestHandler<ListNotices, Result<NoticePage>>
{
    public async Task<Result<NoticePage>> Handle(ListNotices query, CancellationToken ct)
    {
        var (items, total) = await notices.ListAsync(query.School, query.OnlyOpen, query.Limit, query.Offset, ct);
        return new NoticePage(items, total);
    }
}
