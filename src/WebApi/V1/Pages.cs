using FaceAttendance.Domain;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>A list in one piece.</summary>
internal sealed record Listing<T>(IReadOnlyList<T> Items);

/// <summary>A page of a list.</summary>
/// <param name="Total">How many there are on all pages.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, int Total);

/// <summary>Lists in pages: which page is asked for, and the page on the wire.</summary>
internal static class Pages
{
    private const int Usual = 50;
    private const int Most = 200;

    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder route) => route
        .TakesQuery("limit", $"1 to {Most}", Usual, 1, Most).TakesQuery("offset", "How many to leave out.", 0, 0);

    public static (int Limit, int Offset) Page(this RequestFields fields) =>
        (fields.Integer("limit", absent: Usual, least: 1, most: Most), fields.Integer("offset", absent: 0, least: 0, most: int.MaxValue));

    public static Page<TItem> Of<T, TItem>(IReadOnlyList<T> items, int total, Func<T, TItem> item) => new([.. items.Select(item)], total);

    public static Listing<TItem> Of<T, TItem>(IReadOnlyList<T> items, Func<T, TItem> item) => new([.. items.Select(item)]);
}

/// <summary>What a use case answered, as typed results.</summary>
internal static class TypedAnswers
{
    public static Results<Ok<TBody>, ProblemAnswer> ToOk<T, TBody>(this Result<T> result, Func<T, TBody> body) =>
        result.Match<Results<Ok<TBody>, ProblemAnswer>>(value => TypedResults.Ok(body(value)), error => error.ToProblem());

    /// <param name="location">The new resource's address; null where it has none.</param>
    public static Results<Created<TBody>, ProblemAnswer> ToCreated<T,
    TBody>(this Result<T> result, Func<T, TBody> body, Func<T, string>? location = null) =>
        result.Match<Results<Created<TBody>,
        ProblemAnswer>>(value => TypedResults.Created(location?.Invoke(value), body(value)), error => error.ToProblem());

    public static Results<NoContent, ProblemAnswer> ToNoContent<T>(this Result<T> result) =>
        result.Match<Results<NoContent, ProblemAnswer>>(_ => TypedResults.NoContent(), error => error.ToProblem());
}
