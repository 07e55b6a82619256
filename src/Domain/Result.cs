namespace FaceAttendance.Domain;

/// <summary>What kind of answer an expected failure deserves; each transport maps it once.</summary>
public enum ErrorKind
{
    /// <summary>The input itself is wrong and will be wrong again.</summary>
    Invalid,

    /// <summary>What was asked for does not exist.</summary>
    NotFound,

    /// <summary>It contradicts what is stored already.</summary>
    Conflict,

    /// <summary>Well formed, understood, and refused by a rule of the domain.</summary>
    Rejected,

    /// <summary>Whoever asks did not show who they are.</summary>
    Unauthenticated,

    /// <summary>More bytes or pixels than the server takes.</summary>
    TooLarge,

    /// <summary>The caller is known and may not do this.</summary>
    Forbidden,

    /// <summary>The caller asks more often than is allowed; the same request will succeed later.</summary>
    TooMany,

    /// <summary>Cannot be answered now; the same request may succeed later.</summary>
    Unavailable,

    /// <summary>The caller took longer than is waited for.</summary>
    TimedOut,

    /// <summary>The body is of a kind that is not read here.</summary>
    UnsupportedType,
}

/// <summary>An expected failure. Codes are stable and listed in docs/errors.md; messages name the input and the remedy and hold no personal
/// data.</summary>
public sealed record Error(string Code, string Message, ErrorKind Kind)
{
    /// <summary>Name of the field at fault, as the caller spelled it; null when the request as a whole is.</summary>
    public string? Field { get; init; }

    /// <summary>When to try again, for <see cref="ErrorKind.Unavailable"/> and <see cref="ErrorKind.TooMany"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Machine-readable particulars beside the code, such as the quality reasons of a refused photo.</summary>
    public IReadOnlyDictionary<string, object?>? Details { get; init; }

    /// <summary>The field <paramref name="field"/> breaks a rule of its own.</summary>
    public static Error InvalidField(string field, string message) =>
        new("request.invalid_field", message, ErrorKind.Invalid) { Field = field };
}

/// <summary>A response type that can be built from an error alone, so that one behaviour can answer for every command.</summary>
public interface IFailable<TSelf>
{
    static abstract TSelf Fail(Error error);
}

/// <summary>A value or the error that stands in its place.</summary>
public sealed class Result<T> : IFailable<Result<T>>
{
    private readonly T? _value;

    private Result(T? value, Error? error) => (_value, Error) = (value, error);

    /// <summary>Null on success.</summary>
    public Error? Error { get; }

    public bool IsSuccess => Error is null;

    /// <exception cref="InvalidOperationException">The result is an error: a bug in the caller.</exception>
    public T Value => IsSuccess ? _value! : throw new InvalidOperationException($"No value: {Error!.Code}.");

    /// <summary>For values of interface type, which an implicit conversion cannot take.</summary>
    public static Result<T> Ok(T value) => new(value, null);

    public static Result<T> Fail(Error error) => new(default, error);

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Error error) => Fail(error);

    public TOut Match<TOut>(Func<T, TOut> onValue, Func<Error, TOut> onError) => IsSuccess ? onValue(_value!) : onError(Error!);
}

/// <summary>The value of a command that answers nothing but success.</summary>
public readonly record struct Done;
