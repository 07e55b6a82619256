using FaceAttendance.Domain;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Messaging;

/// <summary>Stops an invalid command before its handler, on every transport. Applies only to requests that answer with a result.</summary>
internal sealed class ValidationBehavior<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : notnull
    where TResponse : IFailable<TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken ct, RequestHandlerDelegate<TResponse> next)
    {
        foreach (var validator in validators)
        {
            if (validator.Validate(request) is { IsValid: false } invalid)
            {
                var first = invalid.Errors[0];
                return Task.FromResult(TResponse.Fail(Error.InvalidField(first.PropertyName, first.ErrorMessage)));
            }
        }
        return next();
    }
}
