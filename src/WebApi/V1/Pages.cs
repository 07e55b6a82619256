using System.Text.Json;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;

namespace FaceAttendance.WebApi.V1;

/// <summary>Lists in pages: which page is asked for, and the page on the wire.</summary>
internal static class Pages
{
    private const int Usual = 50;
    private const int Most = 200;

    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder route) => route
        .TakesQuery("limit", ParameterKind.Integer, $"1 to {Most}", $"{Usual}").TakesQuery("offset", ParameterKind.Integer, "0 or more", "0");

    public static (int Limit, int Offset) Page(this RequestFields fields) =>
        (fields.Integer("limit", absent: Usual, least: 1, most: Most), fields.Integer("offset", absent: 0, least: 0, most: int.MaxValue));

    /// <summary><c>{"items":[{…}],"total":n}</c></summary>
    /// <param name="write">Writes an item's properties.</param>
    public static JsonAnswer Of<T>(IReadOnlyList<T> items, int total, Action<Utf8JsonWriter, T> write) => new(StatusCodes.Status200OK, null, json =>
    {
        WriteItems(json, items, write);
        json.WriteNumber("total", total);
    });

    public static void WriteItems<T>(Utf8JsonWriter json, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray("items");
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
